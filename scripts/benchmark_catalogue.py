"""What a scrape of a list of N addresses costs, for benchmark-scrape.

The list and the catalogue are made here, through the same calls that a scrape makes; then `lsgan
scrape` goes on with them, until its first request reaches a server of this process. What entering
and settling take is processor time, which other programs on the machine disturb least.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from statistics import median

from benchmark_memory import memory_of_tree

from lsgan.config import config_files
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.client import Client
from lsgan.scrape.filters import Filters
from lsgan.scrape.job import CATALOGUE
from lsgan.scrape.sources.urls import Urls
from lsgan.scrape.wanted import Options, wanted

# What is timed of the beginning and of the end of an insertion, and settled at a time.
_SPAN, _ROUND = 10_000, 64
_SETTLED = 10_000


def measure_catalogue(count: int) -> None:
    """Print what a list of `count` addresses costs."""
    with tempfile.TemporaryDirectory() as scratch, _Listener() as listener:
        path, out = Path(scratch, "list.txt"), Path(scratch, "out")
        out.mkdir()
        write_list(path, count, listener.port)
        print(f"\n{count:,} addresses, {path.stat().st_size / 1e6:.0f} MB")
        catalogue = Catalogue(out / CATALOGUE)
        try:
            inserts = list(insert(catalogue, path))
            settles = list(settle(catalogue, min(count, _SETTLED)))
        finally:
            catalogue.close()
        size = sum(file.stat().st_size for file in out.glob(f"{CATALOGUE}*"))
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        resumed = resume(path, out, listener)
        tenth = -(-len(inserts) // 10)
        for name, part in (("beginning", inserts[:tenth]), ("end", inserts[-tenth:])):
            low, high = 1000 * min(part), 1000 * max(part)
            print(
                f"{f'to enter a thousand, at the {name}':44}{1000 * median(part):10.1f} ms"
                f" ({low:.0f} to {high:.0f})"
            )
        print(f"{'to choose and settle a thousand, at the end':44}{1000 * settles[-1]:10.1f} ms")
        print(f"{'the catalogue':44}{size / 1e6:10.1f} MB, {size / count:.0f} bytes an address")
        print(f"{'peak of memory while entering':44}{peak / 1e6:10.0f} MB")
        print(
            f"{'lsgan scrape: until its first request':44}{resumed.seconds:10.2f} s,"
            f" {resumed.processor:.2f} s of processor time"
        )
        print(f"{'lsgan scrape: memory by then':44}{resumed.memory / 1e6:10.0f} MB", flush=True)


def write_list(path: Path, count: int, port: int) -> None:
    """Addresses as long and as unordered as those of data sets."""
    with path.open("w", encoding="ascii") as file:
        for number in range(count):
            name = blake2b(number.to_bytes(8, "little"), digest_size=10).hexdigest()
            file.write(f"http://127.0.0.1:{port}/photos/{name}/{number}.jpg\n")


def insert(catalogue: Catalogue, path: Path) -> Iterator[float]:
    """Enter the whole list; yields the seconds for a thousand, over each ten thousand."""
    # As the command has them: with other filters it would sort all candidates again.
    config = config_files.load(config_files.find("kanas.yaml"))
    settings = wanted(config, Options(url_files=[str(path)])).scrape
    filters = Filters(settings)
    with Client(settings) as client:
        source = Urls(client, settings)
        [name] = source.queries()
        catalogue.filter_again(filters.told, filters.words)
        entered = 0
        began = time.process_time()
        while True:
            query = catalogue.query(source.name, name)
            page = source.page(name, query.cursor)
            catalogue.add(query, page, filters.told)
            entered += len(page.candidates)
            if entered >= _SPAN or page.cursor is None:
                if entered:
                    yield (time.process_time() - began) * 1000 / entered
                entered, began = 0, time.process_time()
            if page.cursor is None:
                return


def settle(catalogue: Catalogue, count: int) -> Iterator[float]:
    """Choose and settle some as if they were not there; yields the seconds for a thousand."""
    rows = catalogue.rows("SELECT id FROM candidates WHERE state = 'found' LIMIT ?", count // 2)
    numbers = [row["id"] for row in rows]
    began = time.process_time()
    for start in range(0, len(numbers), _ROUND):
        some = numbers[start : start + _ROUND]
        catalogue.choose(some)
        with catalogue.transaction():
            for number in some:
                catalogue.settle(number, "rejected", "not-found", "status 404")
    yield (time.process_time() - began) * 1000 / len(numbers)


@dataclass(frozen=True)
class Resumed:
    """A scrape at its first request: seconds, seconds of processor time, bytes of memory."""

    seconds: float
    processor: float
    memory: int


def resume(path: Path, out: Path, listener: "_Listener") -> Resumed:
    """Go on with the scrape until its first request."""
    command = [
        *(sys.executable, "-m", "lsgan", "scrape", "--source", "urls", "--urls", str(path)),
        *("--out", str(out), "--allow-private-hosts", "--no-prepare"),
    ]
    listener.heard.clear()
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            if not listener.heard.wait(600):
                raise RuntimeError("no request has come in ten minutes")
            return Resumed(
                time.perf_counter() - began,
                _processor_time(process.pid),
                memory_of_tree(process.pid).get(process.pid, 0),
            )
        finally:
            process.kill()


def _processor_time(process: int) -> float:
    """Of a process until now, in seconds; 0 where /proc is not."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Listener:
    """A server that has nothing and notes that it was asked."""

    def __init__(self) -> None:
        self.heard = threading.Event()
        heard: Callable[[], None] = self.heard.set

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard()
                self.send_error(404)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def __enter__(self) -> "_Listener":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
