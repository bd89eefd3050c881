"""A run that is ended from outside, and a disk that is full."""

import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError, LsganError, OutputError
from tests.data.samples import ROOT, contents, photographs

ONE = PrepareSettings(workers=1)


def start(source, out):
    code = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        # A shell has what it starts in the background ignore Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from lsgan.data.prepare import prepare\n"
        "from lsgan.data.settings import PrepareSettings\n"
        "if __name__ == '__main__':\n"
        "    settings = PrepareSettings(workers=2)\n"
        "    prepare([Path(sys.argv[1])], Path(sys.argv[2]), settings, overwrite=True)\n"
    )
    script = out.parent / "run.py"
    script.write_text(code)
    return subprocess.Popen(
        [sys.executable, str(script), str(source), str(out)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )


def wait_for_pixels(out):
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size for path in out.glob(".prepare-*/pixels")):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return photographs(tmp_path_factory.mktemp("many"), 240, width=640, height=480)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_killed_run_leaves_no_data_set_and_the_next_one_is_whole(many, tmp_path):
    out = tmp_path / "out"
    process = start(many, out)
    wait_for_pixels(out)
    process.kill()
    process.wait()
    with pytest.raises(DataError):
        open_pack(out)
    assert list(out.glob(".prepare-*"))
    prepare([many], out, PrepareSettings(workers=2))
    assert not list(out.glob(".prepare-*"))
    prepare([many], tmp_path / "undisturbed", PrepareSettings(workers=2))
    assert contents(out) == contents(tmp_path / "undisturbed")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_the_old_data_set_as_it_was(many, tmp_path, number):
    out = tmp_path / "out"
    prepare([photographs(tmp_path / "photos", 4)], out, ONE)
    before = contents(out)
    process = start(many, out)
    wait_for_pixels(out)
    process.send_signal(number)
    assert process.wait(timeout=20) != 0
    assert contents(out) == before
    assert len(open_pack(out)) == 4
    if number == signal.SIGINT:
        assert not list(out.glob(".prepare-*"))


@pytest.mark.parametrize("name", ["images.npy", "rejected.jsonl", "pack.json"])
@pytest.mark.parametrize("first", [False, True])
def test_an_interruption_while_publishing_leaves_no_data_set_and_no_foreign_folder(
    tmp_path, monkeypatch, name, first
):
    source, out = photographs(tmp_path / "photos", 4), tmp_path / "out"
    prepare([source], out if not first else tmp_path / "other", ONE)
    whole = contents(tmp_path / "other" if first else out)
    replace = Path.replace

    def interrupted(self, target):
        if self.name == name and self.parent != out:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare([source], out, ONE)
    with pytest.raises(DataError):
        open_pack(out)
    # A run that is refused or fails in between changes nothing of that.
    with pytest.raises(DataError, match="too-small"):
        prepare([source], out, PrepareSettings(size=128, workers=1))
    prepare([source], out, ONE)
    assert contents(out) == whole
    assert not (out / ".prepare.moving").exists()


def test_a_second_run_into_one_folder_is_refused(tmp_path):
    source, out = photographs(tmp_path / "photos", 4), tmp_path / "out"
    out.mkdir()
    with FileLock(out / ".prepare.lock"), pytest.raises(DataError, match="another lsgan prepare"):
        prepare([source], out, ONE)
    assert prepare([source], out, ONE).kept == 4


# Disks


def test_a_file_in_place_of_the_folder_is_an_output_error(tmp_path):
    source = photographs(tmp_path / "photos", 2)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError):
        prepare([source], tmp_path / "out", ONE)


@pytest.mark.parametrize("name", ["images.npy", "manifest.jsonl", "contact-sheet.png", "pack.json"])
def test_a_disk_that_fills_at_any_file_keeps_the_old_data_set(tmp_path, monkeypatch, name):
    source, out = photographs(tmp_path / "photos", 4), tmp_path / "out"
    prepare([source], out, ONE)
    before = contents(out)
    opened = Path.open

    def full(self, mode="r", *args, **kwargs):
        if name in self.name and mode != "r" and "out" in self.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        prepare([source], out, ONE)
    assert "space" in caught.value.remedy
    monkeypatch.undo()
    assert contents(out) == before
    assert not list(out.glob(".prepare-*"))


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="only root can make a small disk",
)
@pytest.mark.parametrize("kilobytes", [64, 1500, 2500, 3000])
def test_a_disk_that_is_really_full_is_an_output_error(tmp_path, kilobytes):
    source, disk = photographs(tmp_path / "photos", 100), tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
    if subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        with pytest.raises(OutputError, match="No space left"):
            prepare([source], disk / "out", PrepareSettings(workers=2))
        with pytest.raises(LsganError):
            open_pack(disk / "out")
        assert not list((disk / "out").glob(".prepare-*"))
    finally:
        gc.collect()  # on Python 3.13 the error that was caught still holds the files mapped
        subprocess.run(["umount", str(disk)], check=True)
