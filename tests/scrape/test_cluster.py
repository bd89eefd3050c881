"""A scrape whose hosts are spread over the workers of a cluster, one of which is killed."""

import io
import os
import signal
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from lsgan.config import ScrapeSection
from lsgan.errors import ClusterError
from lsgan.scrape.job import scrape
from lsgan.system.cluster import connect
from tests.local_cluster import local_cluster

HOSTS = [f"127.0.0.{number}" for number in range(2, 8)]
COUNT = 36
INTERVAL = 0.25

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="has no addresses 127.0.0.2 and further"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def drawn(seed: int) -> bytes:
    cells = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(cells).resize((240, 200)).save(stream, format="JPEG")
    return stream.getvalue()


@dataclass
class Visit:
    """A request: when it began and ended, and which process has made it."""

    path: str
    process: int
    began: float
    ended: float = float("inf")


@dataclass
class Site:
    """What every host serves, and who has asked for it."""

    port: int = 0
    images: list[bytes] = field(default_factory=lambda: [drawn(seed) for seed in range(COUNT)])
    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    processes: dict[tuple[str, int], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def process_of(self, host: str, port: int) -> int:
        """The process at the other end of a connection, whose port other hosts may see too."""
        with self.lock:
            if (host, port) not in self.processes:
                for one in psutil.net_connections("tcp4"):
                    if one.laddr.port == port and one.raddr == (host, self.port):
                        self.processes[host, port] = one.pid or 0
            return self.processes.get((host, port), 0)

    def forget(self) -> None:
        self.visits.clear()
        self.processes.clear()

    def url(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def addresses(self) -> list[str]:
        """One of each image; every fifth leads to the next host."""
        hosts = [HOSTS[number % len(HOSTS)] for number in range(COUNT)]
        return [
            self.url(host, f"/{'moved' if number % 5 == 0 else 'images'}/{number}.jpg")
            for number, host in enumerate(hosts)
        ]

    def answer(self, host: str, path: str) -> tuple[int, dict[str, str], bytes]:
        after = HOSTS[(HOSTS.index(host) + 1) % len(HOSTS)]
        if path == "/robots.txt":
            if host == HOSTS[0]:
                return 302, {"Location": self.url(after, "/robots.txt")}, b""
            return 200, {}, b"User-agent: *\nDisallow: /private/\n"
        if path.startswith("/moved/"):
            return 301, {"Location": self.url(after, path.replace("moved", "images"))}, b""
        time.sleep(0.1)
        number = int(path.split("/")[-1].removesuffix(".jpg"))
        return 200, {"Content-Type": "image/jpeg"}, self.images[number]


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            began = time.monotonic()
            host = self.headers["Host"].split(":")[0]
            visit = Visit(self.path, site.process_of(host, self.client_address[1]), began)
            site.visits[host].append(visit)
            status, headers, body = site.answer(host, self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            visit.ended = time.monotonic()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("0.0.0.0", 0), Handler)
    site.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_cluster(3) as scheduler:
        yield scheduler


def collected(site: Site, out: Path, cluster: str = "") -> set[str]:
    """The names of the images that a scrape of all addresses keeps."""
    listed = out.parent / "list.txt"
    listed.write_text("\n".join(site.addresses()))
    settings = ScrapeSection(
        out=str(out), count=100, sources=["urls"], url_files=[str(listed)], interval=INTERVAL
    )
    outcome = scrape(settings, allow_private_hosts=True, cluster=cluster, say=print, progress=False)
    assert outcome.report.states["failed"] == 0, outcome.report.losses
    return {path.name for path in (out / "photographs").iterdir()}


def kill_one(site: Site, address: str) -> None:
    """Kill a worker in the midst of the scrape."""
    ends = time.monotonic() + 30
    while sum(map(len, site.visits.values())) < 20 and time.monotonic() < ends:
        time.sleep(0.02)
    with connect(address) as cluster:
        os.kill(min(cluster.everywhere(os.getpid).values()), signal.SIGKILL)


def check_manners(site: Site) -> None:
    """Each host was asked at intervals, and by one process at a time."""
    for host in HOSTS:
        visits = sorted(site.visits[host], key=lambda visit: visit.began)
        assert visits
        for number, visit in enumerate(visits):
            # A request that a busy machine brings late shortens the interval to the next one, but
            # not those after it.
            assert visit.began - visits[0].began > (number - 1.5) * INTERVAL, (host, visits)
        for before, after in pairwise(visits):
            if before.process != after.process:
                assert before.ended < after.began or before.ended == float("inf")


def test_the_same_images_are_kept_with_workers_and_without(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lsgan.scrape.cluster.client.SILENCE", 4.0)
    with serving() as site:
        expected = collected(site, tmp_path / "here")
        assert len(expected) == COUNT
        check_manners(site)
        site.forget()

        assert collected(site, tmp_path / "cluster", address) == expected
        check_manners(site)
        assert len({v.process for visits in site.visits.values() for v in visits}) == 3
        site.forget()

        killer = threading.Thread(target=kill_one, args=(site, address))
        killer.start()
        assert collected(site, tmp_path / "killed", address) == expected
        killer.join()
        check_manners(site)
        processes = {host: {v.process for v in visits} for host, visits in site.visits.items()}
        # The hosts of the one that was killed have had a second one.
        assert any(len(several) > 1 for several in processes.values())


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{sock.getsockname()[1]}"
    settings = ScrapeSection(out=str(tmp_path / "out"), sources=["urls"], url_files=["none"])
    with pytest.raises(ClusterError, match="cannot reach"):
        scrape(settings, cluster=address, say=print)
    assert not (tmp_path / "out").exists()
