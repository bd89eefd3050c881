"""Fetching a file of published weights through Paddle, once for every program on the machine."""

import contextlib
import hashlib
import logging
import tempfile
import threading
from pathlib import Path

from lsgan.errors import RunError

# Paddle tries three times but sets no time limit, so that a silent server would hold it for ever.
_SECONDS = 900.0


def fetch(address: str, what: str, remedy: str, md5: str | None = None) -> Path:
    """Fetch a file through Paddle, once; returns where it lies.

    Several processes may do so at once.

    Args:
        address: of the file; Paddle keeps it in a folder of its own under its last part.
        what: the file's name in words, for errors.
        remedy: what to do without a network.
        md5: of the file; one that lies there and has another is fetched again.

    Raises:
        RunError: if it cannot be fetched, or not within 15 minutes.
    """
    from paddle.utils import download

    # Every try is told otherwise, before the one line that says what came of them.
    download.logger.setLevel(logging.WARNING)
    ended: list[Path | Exception] = []

    def run() -> None:
        try:
            ended.append(fetched(address, md5) or _download(address, md5))
        # Paddle raises whatever its HTTP library does, and RuntimeError after its last try.
        except Exception as error:
            ended.append(error)

    # A daemon does not keep the program from ending.
    thread = threading.Thread(target=run, name="weights", daemon=True)
    thread.start()
    thread.join(_SECONDS)
    result = ended[0] if ended else TimeoutError(f"nothing after {_SECONDS:.0f} s")
    if isinstance(result, Path):
        return result
    raise RunError(f"{what} could not be fetched from {address}", remedy) from result


def fetched(address: str, md5: str | None = None) -> Path | None:
    """Where the file of `address` lies if Paddle has fetched it, for this program or another.

    Args:
        address: of the file.
        md5: of the file; one that was cut short or has been replaced has another.
    """
    path = _place(address)
    # One that cannot be read is as good as none.
    with contextlib.suppress(OSError):
        if path.is_file() and md5 in (None, _md5(path)):
            return path
    return None


def _download(address: str, md5: str | None) -> Path:
    """Fetch a file into Paddle's folder, whether or not others do so too.

    Paddle's public function lets only one process of a machine fetch it, and has every other wait
    for it, for ever if need be.
    """
    from paddle.utils import download

    path = _place(address)
    path.parent.mkdir(parents=True, exist_ok=True)
    # All processes would write to the same temporary file there.
    with tempfile.TemporaryDirectory(prefix=".lsgan-", dir=path.parent) as folder:
        return Path(download._download(address, folder, md5)).replace(path)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _place(address: str) -> Path:
    """Where Paddle keeps the file of `address`."""
    from paddle.utils.download import WEIGHTS_HOME

    return Path(WEIGHTS_HOME) / address.rpartition("/")[2]
