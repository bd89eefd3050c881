import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsgan.errors import OutputError
from lsgan.io.files import atomic, make_folder, read_lines, write_lines, write_text


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic(path) as temporary:
        temporary.write_text("half of the n")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    code = (
        "import os, pathlib, sys\nfrom lsgan.io.files import atomic\n"
        "with atomic(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n    os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert path.read_text() == "old"


def test_what_the_system_refuses_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*inner"):
        make_folder(tmp_path / "file" / "inner")
    with pytest.raises(OutputError, match="cannot write"):
        write_text(tmp_path / "missing" / "file", "text")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_has_a_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"No space left on device.*Free some space"),
        atomic(tmp_path / "file") as temporary,
    ):
        temporary.symlink_to("/dev/full")
        temporary.write_text("text")
    assert list(tmp_path.iterdir()) == []


def test_lines_come_back_and_a_cut_last_one_is_left_out(tmp_path: Path) -> None:
    rows = [{"name": "喀纳斯", "step": 1}, {"step": 2}]
    write_lines(tmp_path / "rows.jsonl", rows)
    assert read_lines(tmp_path / "rows.jsonl") == rows
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write('5\n{"step": 3}\n{"step": 4, "los')
    assert read_lines(tmp_path / "rows.jsonl") == [*rows, {"step": 3}]


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX ones")
def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    write_text(tmp_path / "atomic", "")
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
