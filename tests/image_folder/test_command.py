"""`lsgan export-data`."""

from pathlib import Path

from lsgan.io.files import read_lines
from tests.commands import lsgan, refused


def test_the_command_writes_a_folder_that_prepare_reads(pack: Path, tmp_path: Path) -> None:
    line = refused("export-data", pack, "--out", "out", cwd=tmp_path)
    assert "none of the 200 images" in line
    assert "--license any" in line
    assert "did you mean by-sa" in refused(
        "export-data", pack, "--out", "out", "--license", "by-sq", cwd=tmp_path
    )
    assert not list(tmp_path.iterdir())
    words = ("export-data", pack, "--out", "out", "--license", "cc0", "--license", "unknown")
    answer = lsgan(*words, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "written          200" in answer.stdout
    assert "licences    only cc0, unknown, as asked for" in answer.stdout
    assert 'load_dataset("imagefolder", data_dir="out")' in answer.stdout
    assert len(read_lines(tmp_path / "out" / "train" / "metadata.jsonl")) == 200
    assert "--overwrite" in refused(*words, cwd=tmp_path)
    assert lsgan(*words, "--overwrite", cwd=tmp_path).returncode == 0
    # The card says how to pack it again.
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    [command] = [line for line in card.splitlines() if line.startswith("lsgan prepare")]
    again = lsgan(*command.split()[1:], cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "kept             200" in again.stdout
