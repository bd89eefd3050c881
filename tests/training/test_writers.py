"""What the event files of a run hold, read back with the packages' own messages."""

import importlib.util
import io
import struct
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lsgan.checkpoints import checkpoint
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, OutputError
from lsgan.io.files import read_lines
from lsgan.training import loop, writers
from lsgan.training.record_file import RecordFile
from lsgan.training.train import train
from lsgan.training.trouble import TroubleError

Points = dict[str, list[tuple[int, object]]]


def tensorboard_points(run: Path) -> Points:
    """What TensorBoard would show, by tag; what it would show twice stands here twice."""
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import masked_crc32c

    def checksum(content: bytes) -> bytes:
        return struct.pack("<I", masked_crc32c(content))

    found: Points = defaultdict(list)
    for path in sorted((run / "tensorboard").iterdir()):
        events = [Event.FromString(record) for record in RecordFile(path, checksum)]
        assert events[0].file_version == "brain.Event:2"
        for event in events[1:]:
            for value in event.summary.value:
                content = getattr(value, value.WhichOneof("value"))
                found[value.tag].append((event.step, content))
    return found


def visualdl_points(run: Path) -> Points:
    from visualdl.proto.record_pb2 import Record

    [path] = (run / "visualdl").iterdir()
    first, *values = [Record.FromString(record).values[0] for record in RecordFile(path)]
    assert first.tag == "meta_data_tag"
    found: Points = defaultdict(list)
    for value in values:
        found[value.tag].append((value.id, getattr(value, value.WhichOneof("one_value"))))
    return found


READERS: dict[str, Callable[[Path], Points]] = {
    "tensorboard": tensorboard_points,
    "visualdl": visualdl_points,
}


@pytest.fixture(params=list(READERS))
def writer(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    entry = writers.WRITERS[name]
    assert entry is not None
    if importlib.util.find_spec(entry.package) is None:
        pytest.skip(f"{entry.package}, of the extra {name}, is not installed")
    return name


@pytest.fixture
def written(small: Config, writer: str) -> Config:
    return config_files.change(small, [f"log.writers=[jsonl, {writer}]"])


def assert_as_the_run(points: Points, run: Path) -> None:
    """Each number of each line of `metrics.jsonl` is there, and nothing twice."""
    rows = read_lines(run / "metrics.jsonl")
    scalars = {tag: found for tag, found in points.items() if isinstance(found[0][1], float)}
    names = {name for row in rows for name in row} - {"step"}
    assert scalars.keys() == names
    for name, found in scalars.items():
        expected = [(row["step"], row[name]) for row in rows if name in row]
        assert [step for step, _ in found] == [step for step, _ in expected], name
        values = [value for _, value in found]
        np.testing.assert_allclose(values, [value for _, value in expected], rtol=1e-6)


def steps(points: Points, tag: str) -> list[int]:
    return [step for step, _ in points[tag]]


def test_it_gets_scalars_grids_and_histograms(written: Config, writer: str, tmp_path: Path) -> None:
    train(written, tmp_path, "cpu", progress=False)
    points = READERS[writer](tmp_path)
    assert_as_the_run(points, tmp_path)
    assert steps(points, "reals") == [0]
    assert steps(points, "samples") == [0, 3, 6]
    grid: Any = points["samples"][-1][1]
    with (
        Image.open(io.BytesIO(grid.encoded_image_string)) as shown,
        Image.open(tmp_path / "samples" / "step-00000006.png") as saved,
    ):
        np.testing.assert_array_equal(np.asarray(shown), np.asarray(saved))
    for kind in ("real", "generated"):
        tag = f"scores/{kind}"
        assert steps(points, tag) == [3, 6]
        last: Any = points[tag][-1][1]
        # Of six batches of four.
        assert sum(last.bucket if writer == "tensorboard" else last.hist) == 24


def test_histograms_are_of_the_scores_that_were_trained_on(
    written: Config, tmp_path: Path, writer: str
) -> None:
    if writer != "tensorboard":
        pytest.skip("one is enough")
    config = config_files.change(written, ["log.every=1", "sample.every=1"])
    train(config, tmp_path, "cpu", progress=False)
    points = tensorboard_points(tmp_path)
    means = [row["real_score"] for row in read_lines(tmp_path / "metrics.jsonl") if "epoch" in row]
    sums = [0.0, *(histogram.sum for _, histogram in points["scores/real"])]
    np.testing.assert_allclose(np.diff(sums) / 4, means, atol=1e-5)


def test_a_resumed_run_goes_on_with_its_curves(
    written: Config, writer: str, tmp_path: Path
) -> None:
    config = config_files.change(written, ["evaluate.every=100", "checkpoint.every=2"])
    train(config, tmp_path, "cpu", progress=False)
    # As one that was killed after its steps 5 and 6, of which there is no checkpoint.
    for step in (5, 6):
        (tmp_path / "checkpoints" / checkpoint.file_name(step)).unlink(missing_ok=True)
    train(config, tmp_path, "cpu", resume=True, progress=False)
    points = READERS[writer](tmp_path)
    assert_as_the_run(points, tmp_path)
    assert steps(points, "generator_loss") == [2, 4, 6]
    assert steps(points, "samples") == [0, 3, 6]
    assert steps(points, "scores/real") == [3, 6]


def test_a_run_that_was_rolled_back_goes_on_with_its_curves(
    written: Config, writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, wrong = loop.train_step, iter([False] * 4 + [True] + [False] * 100)

    def failing(trainer: object) -> object:
        metrics = honest(trainer)  # type: ignore[arg-type]
        if next(wrong):
            raise TroubleError("divergence", "as the test wants it", is_lost=True)
        return metrics

    monkeypatch.setattr(loop, "train_step", failing)
    train(written, tmp_path, "cpu", progress=False)
    assert "back to step" in (tmp_path / "run.log").read_text(encoding="utf-8")
    points = READERS[writer](tmp_path)
    assert_as_the_run(points, tmp_path)
    assert steps(points, "samples")[-1] == 6
    assert len(steps(points, "samples")) == len(set(steps(points, "samples")))


def test_a_writer_that_is_new_to_a_run_gets_all_of_it(
    small: Config, written: Config, writer: str, tmp_path: Path
) -> None:
    train(config_files.change(small, ["train.steps=3"]), tmp_path, "cpu", progress=False)
    assert not (tmp_path / writer).exists()
    (tmp_path / "samples" / "step-00000002.png").write_bytes(b"no image")
    train(written, tmp_path, "cpu", resume=True, progress=False)
    points = READERS[writer](tmp_path)
    assert_as_the_run(points, tmp_path)
    assert steps(points, "reals") == [0]
    assert steps(points, "samples") == [0, 3, 6]


def test_writers_change_nothing_of_a_training(
    small: Config, written: Config, writer: str, tmp_path: Path
) -> None:
    train(small, tmp_path / "without", "cpu", progress=False)
    train(written, tmp_path / "with", "cpu", progress=False)
    tensors = [
        checkpoint.read(tmp_path / name / "checkpoints" / checkpoint.file_name(6))[1]
        for name in ("without", "with")
    ]
    assert tensors[0].keys() == tensors[1].keys()
    assert all(tensors[0][key].tobytes() == tensors[1][key].tobytes() for key in tensors[0])
    assert {path.name for path in (tmp_path / "with").iterdir()} - {
        path.name for path in (tmp_path / "without").iterdir()
    } == {writer}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_stops_with_a_line(written: Config, tmp_path: Path) -> None:
    train(config_files.change(written, ["train.steps=3"]), tmp_path, "cpu", progress=False)

    honest = RecordFile.add

    def filled(_: RecordFile, record: bytes) -> None:
        honest(RecordFile(Path("/dev/full")), record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordFile, "add", filled)
        with pytest.raises(OutputError, match="No space left"):
            train(written, tmp_path, "cpu", resume=True, progress=False)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("[tensorbord]", "'tensorbord', which is not known; did you mean tensorboard?"),
        ("[csv]", "choose one of: jsonl, visualdl, tensorboard"),
    ],
)
def test_unknown_writers_are_refused(small: Config, tmp_path: Path, names: str, said: str) -> None:
    config = config_files.change(small, [f"log.writers={names}"])
    with pytest.raises(ConfigError) as caught:
        train(config, tmp_path, "cpu", progress=False)
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", list(READERS))
def test_a_missing_package_is_said_before_anything_is_written(
    small: Config, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> object:
        raise ModuleNotFoundError("No module named 'there'")

    monkeypatch.setattr(writers, "resolve_name", missing)
    config = config_files.change(small, [f"log.writers=[{name}]"])
    with pytest.raises(ConfigError) as caught:
        train(config, tmp_path, "cpu", progress=False)
    assert f'pip install "lsgan[{name}]"' in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_metrics_jsonl_is_written_unnamed_too(small: Config, tmp_path: Path) -> None:
    train(config_files.change(small, ["log.writers=[]"]), tmp_path, "cpu", progress=False)
    assert read_lines(tmp_path / "metrics.jsonl")


def test_the_configuration_lists_the_writers() -> None:
    assert "(a list of jsonl, visualdl, tensorboard)" in config_files.annotated(Config())
