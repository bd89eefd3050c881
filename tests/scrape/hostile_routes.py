"""What the hostile server does, one path each.

A path that ends with "/" stands for all that begin with it.
"""

import gzip
import json
import time
import zlib
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scrape.hostile import Visit

Route = Callable[["Visit"], None]

PIECE = b"not much, " * 10
JPEG = "image/jpeg"


def good_image(visit: "Visit", number: int = 0, headers: dict[str, str] | None = None) -> None:
    from tests.scrape import hostile_images

    visit.send(hostile_images.good(number), JPEG, headers=headers)


def made(name: str, media_type: str) -> Route:
    """A route that serves what a function of `hostile_images` makes."""

    def route(visit: "Visit") -> None:
        from tests.scrape import hostile_images

        visit.send(getattr(hostile_images, name)(), media_type)

    return route


def first(status: int, header: Callable[[], dict[str, str]]) -> Route:
    """A route that refuses with `status` once, then serves a good image."""

    def route(visit: "Visit") -> None:
        if visit.number == 1:
            visit.send(b"not now", status=status, headers=header())
        else:
            good_image(visit)

    return route


def nth_good(visit: "Visit") -> None:
    good_image(visit, int(visit.path.split("/")[-1].partition(".")[0]))


def short_body(visit: "Visit") -> None:
    visit.head({"Content-Length": "1000"})
    visit.write(PIECE)
    visit.hang_up()


def broken_chunks(visit: "Visit") -> None:
    visit.head({"Transfer-Encoding": "chunked"})
    visit.write(b"64\r\n" + PIECE + b"\r\n64\r\n" + PIECE[:50])
    visit.hang_up()


def endless_chunks(visit: "Visit") -> None:
    visit.head({"Transfer-Encoding": "chunked"})
    while True:
        visit.write(b"10000\r\n" + bytes(65536) + b"\r\n")


def drip(visit: "Visit") -> None:
    visit.head({"Content-Length": "1000"})
    _drip(visit, bytes(1000))


def drip_headers(visit: "Visit") -> None:
    _drip(visit, b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000)


def _drip(visit: "Visit", data: bytes) -> None:
    """A byte every second, or as often as ?every= says."""
    for index in range(len(data)):
        visit.write(data[index : index + 1])
        time.sleep(float(visit.query.get("every", "1")))


def silence(visit: "Visit") -> None:
    """?after=head is silent once the head is sent, else at once."""
    if visit.query.get("after") == "head":
        visit.head({"Content-Length": "1000"})
    time.sleep(60)
    visit.hang_up()


def reset(visit: "Visit") -> None:
    visit.head({"Content-Length": "1000"})
    visit.write(PIECE)
    visit.reset()


def gzip_bomb(visit: "Visit") -> None:
    from tests.scrape import hostile_images

    visit.send(hostile_images.gzip_bomb(), JPEG, headers={"Content-Encoding": "gzip"})


def encoded(visit: "Visit") -> None:
    """`PIECE` in the content encoding that ?how= names."""
    raw = zlib.compressobj(wbits=-15)
    how = visit.query["how"]
    name, data = {
        "gzip": ("gzip", gzip.compress(PIECE)),
        "members": ("gzip", gzip.compress(PIECE[:50]) + gzip.compress(PIECE[50:]) + bytes(9)),
        "deflate": ("deflate", zlib.compress(PIECE)),
        "raw": ("deflate", raw.compress(PIECE) + raw.flush()),
        "unknown": ("br", PIECE),
        "damaged": ("gzip", gzip.compress(PIECE)[:12] + bytes(40)),
        "cut": ("gzip", gzip.compress(PIECE)[:-12]),
        "byte": ("gzip", b"\x1f"),
        "empty": ("gzip", b""),
        "identity": ("identity", PIECE),
    }[how]
    visit.send(data, "text/plain", headers={"Content-Encoding": name})


def redirect(visit: "Visit") -> None:
    """To ?to=, with ?status=."""
    status = int(visit.query.get("status", "302"))
    visit.send(b"over there", status=status, headers={"Location": visit.query["to"]})


def redirect_to(target: str) -> Route:
    return lambda visit: visit.send(b"", status=302, headers={"Location": target})


def redirect_on(visit: "Visit") -> None:
    """/redirects/3 leads to a good image in three steps."""
    left = int(visit.path.split("/")[-1])
    if left:
        visit.send(b"", status=301, headers={"Location": f"/redirects/{left - 1}"})
    else:
        good_image(visit)


def names(visit: "Visit") -> None:
    absurd = "../../etc/passwd\0" + "x" * 5000
    disposition = f"attachment; filename=\"{absurd}\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"
    good_image(visit, headers={"Content-Disposition": disposition, "X-Name": "\1\x7f\xff"})


def status(visit: "Visit") -> None:
    visit.send(b"status " + visit.path.encode(), status=int(visit.path.split("/")[-1]))


def no_length(visit: "Visit") -> None:
    visit.head({"Connection": "close"})
    visit.write(PIECE)
    visit.hang_up()


def huge_headers(visit: "Visit") -> None:
    """One endless line, or with ?many very many."""
    visit.write(b"HTTP/1.1 200 OK\r\n")
    line = b"X-Header: nothing\r\n" if "many" in visit.query else b"a" * 4096
    for _ in range(100_000):
        visit.write(line)


def garbage(visit: "Visit") -> None:
    visit.write(b"\x16\x03\x01\0\xff\x1b[31m\n\n")
    visit.hang_up()


def plain_text(visit: "Visit") -> None:
    """A response of HTTP/0.9: a body and nothing else."""
    visit.write(b"<html>hello</html>\n")
    visit.hang_up()


def good_then_close(visit: "Visit") -> None:
    """A good image, after which the connection ends without a word."""
    good_image(visit)
    visit.hang_up()


def some_bytes(visit: "Visit") -> None:
    visit.send(bytes(int(visit.query["count"])), "application/octet-stream")


def repeat(visit: "Visit") -> None:
    """A page of results that goes on for ever, though it holds ten images only."""
    begin = int(visit.query.get("first", "0"))
    links = "".join(f'<img src="/good/{(begin + i) % 10}.jpg">' for i in range(5))
    following = f'<a rel="next" href="/repeat?first={begin + 5}">more</a>'
    visit.send(f"<html>{links}{following}</html>".encode(), "text/html")


def echo(visit: "Visit") -> None:
    visit.send(json.dumps(visit.query).encode(), "application/json")


def _fixed(body: bytes, media_type: str, **headers: str) -> Route:
    return lambda visit: visit.send(body, media_type, headers=headers)


def _damaged_jpeg(visit: "Visit") -> None:
    from tests.scrape import hostile_images

    data = hostile_images.good(6)
    visit.send(data[: len(data) // 2], JPEG)


def _wrong_type(visit: "Visit") -> None:
    from tests.scrape import hostile_images

    visit.send(hostile_images.good(7), "text/plain")


def _no_retry_after() -> dict[str, str]:
    return {}


ROUTES: dict[str, Route] = {
    "/good/": nth_good,
    "/forbidden/": nth_good,
    "/names/": names,
    "/status/": status,
    "/redirects/": redirect_on,
    "/robots.txt": _fixed(b"User-agent: *\nDisallow: /forbidden/\n", "text/plain"),
    "/short-body": short_body,
    "/broken-chunks": broken_chunks,
    "/endless-chunked": endless_chunks,
    "/drip": drip,
    "/drip-headers": drip_headers,
    "/silence": silence,
    "/reset": reset,
    "/gzip-bomb": gzip_bomb,
    "/encoded": encoded,
    "/redirect": redirect,
    "/redirect-loop": redirect_to("/redirect-loop"),
    "/redirect-private": redirect_to("http://169.254.169.254/latest/meta-data/"),
    "/redirect-private-10": redirect_to("http://10.0.0.1/"),
    "/redirect-file": redirect_to("file:///etc/passwd"),
    "/429-seconds": first(429, lambda: {"Retry-After": "3"}),
    "/429-date": first(429, lambda: {"Retry-After": formatdate(time.time() + 7, usegmt=True)}),
    "/429-nothing": first(429, _no_retry_after),
    "/429-hour": first(429, lambda: {"Retry-After": "3600"}),
    "/503-then-fine": first(503, _no_retry_after),
    "/503-seconds": first(503, lambda: {"Retry-After": "3"}),
    "/html.jpg": _fixed(b"<html><title>Sign in</title></html>", JPEG),
    "/empty.jpg": _fixed(b"", JPEG),
    "/pixel-bomb.png": made("pixel_bomb", "image/png"),
    "/truncated.jpg": _damaged_jpeg,
    "/wrong-type": _wrong_type,
    "/animated.gif": made("animated", "image/gif"),
    "/cmyk.jpg": made("cmyk", JPEG),
    "/rotated.jpg": made("rotated", JPEG),
    "/noai.jpg": lambda visit: good_image(visit, 8, {"X-Robots-Tag": "noai, noimageai"}),
    "/404.jpg": lambda visit: visit.send(b"gone", status=404),
    "/500.jpg": lambda visit: visit.send(b"oh", status=500),
    "/no-length": no_length,
    "/huge-headers": huge_headers,
    "/garbage": garbage,
    "/http09": plain_text,
    "/good-then-close": good_then_close,
    "/bytes": some_bytes,
    "/repeat": repeat,
    "/echo": echo,
}
