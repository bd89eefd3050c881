from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.errors import OutputError, RunError
from lsgan.metrics.metric import Monitor

TENSORS = {
    "generator/weight": np.arange(12, dtype=np.float32).reshape(3, 4),
    "ema/weight": np.ones(3, np.float32),
    "count": np.array([7], np.int64),
}


def at(folder: Path, step: int, **metrics: float) -> Checkpoint:
    path = folder / checkpoint.file_name(step)
    written = Checkpoint(path, step, {"train": {"seed": 3}}, "digest", metrics, {"generator": {}})
    checkpoint.write(written, TENSORS)
    return written


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = at(tmp_path, 12000, distance=1.5)
    assert written.path.name == "step-00012000.safetensors"
    assert checkpoint.describe(written.path) == written
    read, tensors = checkpoint.read(written.path)
    assert read == written
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], tensor)
        assert tensors[name].dtype == tensor.dtype
    assert checkpoint.read(written.path, "ema/")[1].keys() == {"ema/weight"}


def test_any_other_program_can_read_the_tensors(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    np.testing.assert_array_equal(load_file(at(tmp_path, 1).path)["ema/weight"], np.ones(3))


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = at(tmp_path, 1).path
    content = path.read_bytes()
    # The metadata, the header and the tensors alike; a few places for each.
    for place in range(8, len(content), 29):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        with pytest.raises(RunError):
            checkpoint.read(path)


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x04K\x01."])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "step-00000001.safetensors"
    path.write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        checkpoint.read(path)
    with pytest.raises(RunError, match="there is no checkpoint"):
        checkpoint.read(tmp_path / "missing")


def test_another_programs_safetensors_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file(TENSORS, tmp_path / "other.safetensors")
    with pytest.raises(RunError, match="not a checkpoint of this program"):
        checkpoint.read(tmp_path / "other.safetensors")


DISTANCE = Monitor("distance", "lower", noise=0)


def test_the_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    for step, distance in ((1, 9.0), (2, 4.0), (3, 8.0), (4, 4.0), (5, 7.0), (6, 6.0)):
        at(tmp_path, step, distance=distance)
        checkpoint.prune(tmp_path, keep=2, monitor=DISTANCE)
    # Of equals the earlier one is the best.
    assert [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path)] == [6, 5, 2]
    best = checkpoint.best(tmp_path, DISTANCE)
    assert best is not None
    assert best.step == 2


def test_of_a_score_the_highest_is_the_best(tmp_path: Path) -> None:
    for step, recall in ((1, 0.2), (2, 0.7), (3, 0.7), (4, 0.1)):
        at(tmp_path, step, recall=recall)
    best = checkpoint.best(tmp_path, Monitor("recall", "higher", noise=0))
    assert best is not None
    assert best.step == 2


def test_unmeasured_and_damaged_ones_are_never_the_best(tmp_path: Path) -> None:
    at(tmp_path, 1)
    at(tmp_path, 2, distance=5.0)
    at(tmp_path, 3, distance=1.0).path.write_bytes(b"damaged")
    best = checkpoint.best(tmp_path, DISTANCE)
    assert best is not None
    assert best.step == 2
    assert checkpoint.best(tmp_path / "none", DISTANCE) is None


def test_steps_beyond_eight_digits_come_in_order(tmp_path: Path) -> None:
    for step in (99_999_999, 100_000_000, 5):
        at(tmp_path, step)
    steps = [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path)]
    assert steps == [100_000_000, 99_999_999, 5]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = at(tmp_path, 1, distance=1.0)

    def refuse(path: Path, content: bytes) -> None:
        path.open("wb").write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(OutputError, match="No space left"):
        checkpoint.write(replace(written, metrics={}), TENSORS)
    assert checkpoint.read(written.path)[0] == written
    assert [path.name for path in tmp_path.iterdir()] == [written.path.name]
