import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scrape.client_helpers import failure, new_client, reason


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, with its key in the same file."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not on this machine")
    folder = tmp_path_factory.mktemp("tls")
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    made = subprocess.run(
        [program, *request.split(), *names], cwd=folder, capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this openssl makes no certificate")
    both = folder / "both.pem"
    both.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return both


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(f"{self.client_address[1]:5}"[:5].encode())

    def log_message(self, *_: object) -> None:
        pass


class _QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture
def secure_port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with _QuietServer(("127.0.0.1", 0), _Quiet) as secure:
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        threading.Thread(target=secure.serve_forever, daemon=True).start()
        yield secure.server_address[1]
        secure.shutdown()


def test_https_with_a_certificate_that_is_trusted(secure_port, certificate, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with new_client() as client:
        url = f"https://localhost:{secure_port}/"
        first = client.get(url, api=True)
        assert first.status == 200
        # The server says from where it is asked: the connection is kept.
        assert client.get(url, api=True).body == first.body


def test_a_certificate_of_another_name_is_not_accepted(
    secure_port, certificate, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with new_client() as client:
        error = failure(client.get, f"https://127.0.0.1:{secure_port}/", api=True)
        assert error.reason == "connection"
        assert "certificate" in error.detail.lower()


def test_a_certificate_that_nobody_vouches_for_is_not_tried_twice(secure_port, client) -> None:
    error = failure(client.get, f"https://localhost:{secure_port}/", api=True)
    assert error.reason == "connection"
    assert client.statistics()["localhost"]["requests"] == 1


def test_a_handshake_that_hangs_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, new_client(deadline=0.4) as client:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert reason(client.get, url, api=True) == "deadline"
