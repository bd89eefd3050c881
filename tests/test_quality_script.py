"""scripts/quality: the clock, the table and the plot; the rest needs PyTorch and is run by hand."""

import sys
from pathlib import Path

import pytest
from PIL import Image

FOLDER = Path(__file__).parents[1] / "scripts" / "quality"

# Writes its one checkpoint anew all the time; a shell starts at once.
PROGRAM = """
while :; do
    step=$((step + 1))
    echo $step > "$0/new"
    mv "$0/new" "$0/newest.pt"
    sleep 0.02
done
"""


@pytest.fixture
def scripts(monkeypatch):
    """The folder's modules by their bare names, as its commands import them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in ("clock", "showing", "systems"):
        sys.modules.pop(name, None)


class Program:
    """A training."""

    def __init__(self, folder, program=PROGRAM):
        self.run, self.program, self.begun = folder / "run", program, 0
        self.run.mkdir(parents=True)

    def command(self, every):  # noqa: ARG002
        self.begun += 1
        return ["sh", "-c", self.program, str(self.run)]

    def checkpoints(self):
        return list(self.run.glob("newest.pt"))


def trained(clock, folder, program, seconds):
    return clock.Clock(folder, program, seconds / 60, points=2, threads=1).train()


@pytest.mark.usefixtures("scripts")
def test_a_training_keeps_its_checkpoints_and_is_taken_up_where_it_was(tmp_path, monkeypatch):
    import clock

    monkeypatch.setattr(clock, "_PAUSE", 0.02)
    clock.write(tmp_path, {})
    program = Program(tmp_path)
    assert "trained after" in trained(clock, tmp_path, program, 0.8)
    first = sorted((tmp_path / "points").iterdir())
    times = [clock.seconds_of(path) for path in first]
    assert times[0] < 0.8 <= times[-1] + 0.1
    # The program has overwritten what was kept, and it is there all the same.
    assert int(first[0].read_text()) < int(first[-1].read_text())

    assert "before" in trained(clock, tmp_path, program, 0.5)
    assert program.begun == 1

    trained(clock, tmp_path, program, 1.4)
    assert program.begun == 2
    kept = sorted((tmp_path / "points").iterdir())
    assert kept[: len(first)] == first
    assert clock.seconds_of(kept[-1]) > times[-1]


@pytest.mark.usefixtures("scripts")
def test_a_training_that_fails_leaves_nothing_and_says_where_to_look(tmp_path):
    import clock

    clock.write(tmp_path, {})
    program = Program(tmp_path, "raise SystemExit(2)")
    with pytest.raises(SystemExit, match=r"exit code 2\): see .*output.log"):
        trained(clock, tmp_path, program, 30)
    assert "ended" not in clock.read(tmp_path)


def made_up(name, value):
    kinds = "frechet", "precision", "recall", "density", "coverage"
    figures = {
        features: dict.fromkeys(kinds, value) for features in ("scattering", "lite2", "lite0")
    }
    point = {
        "seconds": 90.0,
        "images": 1234,
        "figures": figures,
        "copies": {"share": 0.02, "expected": 0.01},
    }
    return {
        "name": name,
        "points": [point, point | {"seconds": 180.0}],
        "photographs": {"photographs": 500},
        "baselines": {"photographs": figures, "photographs blurred to 16 px": figures},
    }


@pytest.mark.usefixtures("scripts")
def test_the_table_has_every_point_and_each_baseline_once(tmp_path):
    import showing

    found = {"pictures": 2048, "systems": [made_up("kanas", 7.0), made_up("other", 7.0)]}
    lines = showing.table(found).splitlines()
    rows = [[word.strip() for word in line.split("|")[1:-1]] for line in lines if "|" in line]
    assert [row[0] for row in rows[2:]] == [
        *("kanas", "kanas", "other", "other"),
        *("photographs", "photographs blurred to 16 px"),
    ]
    assert rows[2][1:4] == ["1.5", "1,234", "7.00"]
    assert rows[2][-1] == "2.0%"
    assert len({len(row) for row in rows}) == 1

    showing.plot(found, tmp_path / "quality.png")
    assert Image.open(tmp_path / "quality.png").width == 1320
