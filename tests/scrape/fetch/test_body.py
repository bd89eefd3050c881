import tracemalloc
import zlib

import pytest

from lsgan.scrape.fetch.body import CHUNK
from tests.scrape.client_helpers import new_client, reason
from tests.scrape.hostile_routes import PIECE


@pytest.mark.parametrize("how", ["gzip", "members", "deflate", "raw", "identity"])
def test_known_encodings_are_decoded(server, client, tmp_path, how) -> None:
    assert client.get(server.url(f"/encoded?how={how}")).body == PIECE
    client.download(server.url(f"/encoded?how={how}"), tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == PIECE


@pytest.mark.parametrize("more", [-1, 0, 1, 257, 258, 259, CHUNK])
def test_nothing_is_left_behind_in_the_decoder(server, client, more) -> None:
    # Without a header and a checksum the whole input can be used up before the last output.
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(bytes(CHUNK + more)) + packer.flush()
    server.put("/raw", {"body": packed, "headers": {"Content-Encoding": "deflate"}})
    assert client.get(server.url("/raw")).body == bytes(CHUNK + more)


@pytest.mark.parametrize("how", ["unknown", "damaged"])
def test_unknown_and_damaged_encodings_are_rejected_at_once(server, client, how) -> None:
    assert reason(client.get, server.url(f"/encoded?how={how}")) == "bad-encoding"
    assert len(server.log("/encoded")) == 1


def test_an_empty_body_is_empty_in_any_encoding(server, client) -> None:
    assert client.get(server.url("/encoded?how=empty")).body == b""
    assert client.get(server.url("/empty.jpg")).body == b""


def test_only_what_is_kept_in_memory_is_asked_for_compressed(server, client, tmp_path) -> None:
    client.get(server.url("/good/1.jpg"))
    client.download(server.url("/good/2.jpg"), tmp_path / "a")
    asked = {row["path"]: row["headers"]["accept-encoding"] for row in server.log()}
    assert asked["/good/1.jpg"] == "gzip"
    assert asked["/good/2.jpg"] == "identity"


def test_a_download_is_written_and_not_kept(server, client, tmp_path) -> None:
    response = client.download(server.url("/good/1.jpg"), tmp_path / "a")
    assert response.body == b""
    assert response.headers["content-type"] == "image/jpeg"
    assert (tmp_path / "a").read_bytes() == client.get(server.url("/good/1.jpg")).body


def test_a_download_replaces_what_an_earlier_attempt_has_written(server, client, tmp_path) -> None:
    longer = {"body": b"x" * 99, "headers": {"Content-Length": "200", "Connection": "close"}}
    server.put("/twice", longer, b"short")
    client.download(server.url("/twice"), tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"short"
    assert len(server.log("/twice")) == 2


def test_a_file_that_cannot_be_written_is_the_callers_concern(server, client, tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        client.download(server.url("/good/1.jpg"), tmp_path / "missing" / "a")
    assert len(server.log("/good/1.jpg")) == 1


@pytest.mark.parametrize("path", ["/short-body", "/broken-chunks", "/reset"])
def test_a_body_broken_off_is_tried_again_to_the_end(server, client, tmp_path, path) -> None:
    assert reason(client.download, server.url(path), tmp_path / "a") == "short-body"
    assert len(server.log(path)) == 4


def test_a_body_without_a_length_ends_with_its_connection(server, client) -> None:
    assert client.get(server.url("/no-length")).body == PIECE


def test_too_much_is_refused_as_soon_as_it_is_announced(server, tmp_path) -> None:
    server.put("/big", {"body": b"few", "headers": {"Content-Length": "100001"}})
    with new_client(max_file_megabytes=0.1) as client:
        assert reason(client.download, server.url("/big"), tmp_path / "a") == "too-large"
        assert reason(client.download, server.url("/endless-chunked"), tmp_path / "a") == (
            "too-large"
        )
        client.download(server.url("/bytes?count=100000"), tmp_path / "a")
        assert reason(client.download, server.url("/bytes?count=100001"), tmp_path / "a") == (
            "too-large"
        )
    assert len(server.log("/big")) == len(server.log("/endless-chunked")) == 1


def test_what_is_kept_in_memory_is_capped_too(server, client) -> None:
    assert reason(client.get, server.url("/endless-chunked")) == "too-large"
    assert reason(client.get, server.url("/gzip-bomb")) == "too-large"


def test_a_gzip_bomb_takes_no_memory(server, tmp_path) -> None:
    with new_client(max_file_megabytes=60) as client:
        client.get(server.url("/good/1.jpg"))
        tracemalloc.start()
        try:
            kind = reason(client.download, server.url("/gzip-bomb"), tmp_path / "a")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert kind == "too-large"
    assert peak < 2_000_000
    assert (tmp_path / "a").stat().st_size <= 60_000_000


def test_absurd_names_in_headers_harm_nobody(server, client) -> None:
    response = client.get(server.url("/names/..%2f..%2fetc%2fpasswd%00.jpg"))
    assert "../../etc/passwd" in response.headers["content-disposition"]
    assert response.body.startswith(b"\xff\xd8")
