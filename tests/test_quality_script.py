"""scripts/quality: the clock, the table and the plot; the rest needs PyTorch and is run by hand."""

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

FOLDER = Path(__file__).parents[1] / "scripts" / "quality"


@pytest.fixture
def scripts(monkeypatch):
    """The folder's modules by their bare names, as its commands import them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in ("clock", "showing", "systems"):
        sys.modules.pop(name, None)


class Program:
    """A training that writes its one checkpoint anew all the time.

    Stands for the modules `time` and `subprocess` too: time passes while somebody sleeps, and the
    program works meanwhile.
    """

    def __init__(self, folder):
        self.run, self.now, self.running = folder / "run", 1000.0, False
        self.begun = self.step = 0
        self.run.mkdir(parents=True)

    def command(self, every):  # noqa: ARG002
        return ["program"]

    def checkpoints(self):
        return list(self.run.glob("newest.pt"))

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        if self.running:
            self.step += 1
            new = self.run / "new"
            new.write_text(str(self.step))
            os.utime(new, (self.now, self.now))
            new.replace(self.run / "newest.pt")

    def Popen(self, command, **_):  # noqa: N802
        assert command == ["program"]
        self.begun, self.running = self.begun + 1, True
        return self

    def poll(self):
        return None

    def terminate(self):
        self.running = False

    def wait(self):
        assert not self.running


class Failing:
    """A program that ends at once with the exit code 2."""

    def command(self, every):  # noqa: ARG002
        return ["sh", "-c", "exit 2"]

    def checkpoints(self):
        return []


def trained(clock, folder, program, seconds):
    return clock.Clock(folder, program, seconds / 60, points=2, threads=1).train()


@pytest.mark.usefixtures("scripts")
def test_a_training_keeps_its_checkpoints_and_is_taken_up_where_it_was(tmp_path, monkeypatch):
    import clock

    program = Program(tmp_path)
    monkeypatch.setattr(clock, "time", program)
    monkeypatch.setattr(clock, "subprocess", program)
    clock.write(tmp_path, {})
    assert "trained after 8 s, 2 checkpoints" in trained(clock, tmp_path, program, 8)
    first = sorted((tmp_path / "points").iterdir())
    assert [clock.seconds_of(path) for path in first] == [4, 8]
    # The program has overwritten what was kept, and it is there all the same.
    assert [int(path.read_text()) for path in first] == [8, 16]

    assert "before" in trained(clock, tmp_path, program, 5)
    assert program.begun == 1

    # What passes between two sessions is not counted.
    program.sleep(1000)
    trained(clock, tmp_path, program, 14)
    assert program.begun == 2
    kept = sorted((tmp_path / "points").iterdir())
    assert kept[:2] == first
    assert [clock.seconds_of(path) for path in kept[2:]] == [14]


@pytest.mark.usefixtures("scripts")
def test_a_training_that_fails_leaves_nothing_and_says_where_to_look(tmp_path):
    import clock

    clock.write(tmp_path, {})
    with pytest.raises(SystemExit, match=r"exit code 2\): see .*output.log"):
        trained(clock, tmp_path, Failing(), 600)
    assert "ended" not in clock.read(tmp_path)


def made_up(name, value):
    kinds = "frechet", "precision", "recall", "density", "coverage"
    metrics = {
        features: dict.fromkeys(kinds, value) for features in ("scattering", "lite2", "lite0")
    }
    point = {
        "seconds": 90.0,
        "images": 1234,
        "metrics": metrics,
        "copies": {"share": 0.02, "expected": 0.01},
    }
    return {
        "name": name,
        "points": [point, point | {"seconds": 180.0}],
        "photographs": {"photographs": 500},
        "baselines": {"photographs": metrics, "photographs blurred to 16 px": metrics},
    }


@pytest.mark.usefixtures("scripts")
def test_the_table_has_every_point_and_each_baseline_once(tmp_path):
    import showing

    found = {"images": 2048, "systems": [made_up("kanas", 7.0), made_up("other", 7.0)]}
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
