"""Data sets whose pixels are in several files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lsgan.cli import app
from lsgan.config import Config, config_files
from lsgan.data import shards
from lsgan.data.pack import DESCRIPTION, describe, open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.data.shards import image_files
from lsgan.errors import DataError
from lsgan.image_folder.export import export
from lsgan.training.train import train
from tests.data.samples import contents, photographs
from tests.data.test_pack import change

COUNT, SHARD = 23, 5
WHOLE = PrepareSettings(workers=1)
SHARDED = PrepareSettings(workers=1, shard_size=5)


def write_sharded(folder: Path, images: np.ndarray, shard_size: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(image_files(len(images), shard_size)):
        np.save(folder / name, images[number * shard_size : (number + 1) * shard_size])
    (folder / "manifest.jsonl").write_text('{"index": 0}\n' * len(images))
    (folder / DESCRIPTION).write_text(json.dumps(describe(images, shard_size=shard_size)))
    return folder


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 3, 4, 4), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, pixels):
    return write_sharded(tmp_path / "packed", pixels, SHARD)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return photographs(tmp_path_factory.mktemp("sources"), 12)


# Reading


@pytest.mark.parametrize(
    "key",
    [
        *(0, 4, 5, 22, -1, -23, np.int64(7)),
        *(slice(None), slice(2, 4), slice(5, 10), slice(3, 17), slice(0), slice(9, 2)),
        *(slice(-7, None), slice(None, None, 3), slice(20, 3, -4), slice(100, 200)),
        *([3, 22, 0, 3], np.array([-1, 9, 10]), [], np.array([[1, 20], [7, 7]]), range(4, 12)),
        np.arange(COUNT) % 3 == 0,
        np.zeros(COUNT, bool),
    ],
    ids=str,
)
def test_images_of_several_files_are_indexed_as_an_array(folder, pixels, key):
    images = open_pack(folder).images
    np.testing.assert_array_equal(images[key], pixels[key], strict=True)


@pytest.mark.parametrize("key", [23, -24, [0, 23], [-24], [0.5], np.ones(4, bool), ..., None])
def test_what_is_not_there_is_an_index_error(folder, key):
    with pytest.raises(IndexError):
        open_pack(folder).images[key]


def test_they_have_what_an_array_has(folder, pixels):
    images = open_pack(folder).images
    assert (images.shape, images.dtype, images.ndim) == (pixels.shape, pixels.dtype, 4)
    assert (len(images), images.nbytes) == (len(pixels), pixels.nbytes)
    np.testing.assert_array_equal(np.asarray(images), pixels)
    assert np.asarray(images, np.float32).dtype == np.float32
    assert np.ascontiguousarray(images).flags.c_contiguous
    for image, expected in zip(images, pixels, strict=True):
        np.testing.assert_array_equal(image, expected)


def test_the_files_cannot_be_changed_but_what_is_drawn_can(folder, pixels):
    images = open_pack(folder).images
    drawn = images[[0, 7]]
    drawn[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        images[3][:] = 0
    np.testing.assert_array_equal(images[:], pixels)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system tells no such thing")
def test_few_files_are_open_at_a_time(folder, pixels, monkeypatch):
    monkeypatch.setattr(shards, "_MOST_OPEN", 2)
    images = open_pack(folder).images
    for _ in range(2):
        np.testing.assert_array_equal(images[::-1], pixels[::-1])
    assert Path("/proc/self/maps").read_text().count(str(folder.resolve())) == 2


def test_numpy_alone_can_read_them(folder, pixels):
    files = sorted(folder.glob("images-*-of-00005.npy"))
    assert [path.name for path in files] == image_files(COUNT, SHARD)
    np.testing.assert_array_equal(np.concatenate([np.load(path) for path in files]), pixels)


def test_a_file_that_is_missing_short_or_of_something_else_is_told(folder):
    path = folder / image_files(COUNT, SHARD)[2]
    whole = path.read_bytes()
    for content in (whole[:-1], whole + whole, b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match="does not hold 5 images") as caught:
            open_pack(folder)
        assert "lsgan prepare" in caught.value.remedy
    path.unlink()
    with pytest.raises(DataError, match="No such file"):
        open_pack(folder)
    # What the length does not tell is found when the file is first read.
    for damaged in (b"x" * len(whole), whole.replace(b"'|u1'", b"'|i1'")):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="It is damaged"):
            open_pack(folder).images[12]


@pytest.mark.parametrize("size", [4, 6, 0, "x", None])
def test_a_description_of_other_shards_is_refused(folder, size):
    change(folder, shard_size=size)
    with pytest.raises(DataError):
        open_pack(folder)


# Packing


def test_shards_hold_the_same_images_in_the_same_order(sources, tmp_path):
    prepare([sources], tmp_path / "whole", WHOLE)
    summary = prepare([sources], tmp_path / "sharded", SHARDED)
    whole, sharded = open_pack(tmp_path / "whole"), open_pack(tmp_path / "sharded")
    np.testing.assert_array_equal(whole.images, sharded.images)
    assert whole.digest == sharded.digest
    found, expected = contents(sharded.path), contents(whole.path)
    assert {name: found[name] for name in expected if name[-1] != "y" and name != DESCRIPTION} == {
        name: expected[name] for name in expected if name[-1] != "y" and name != DESCRIPTION
    }
    described, plain = (json.loads(each[DESCRIPTION]) for each in (found, expected))
    assert described == plain | {"format": "lsgan-pack-2", "shard_size": 5}
    assert "images-00000-of-00003.npy and 2 more" in str(summary)


def test_other_shards_of_the_same_images_replace_a_data_set_wholly(sources, tmp_path):
    out = tmp_path / "out"
    for size in (None, 5, 4, None):
        prepare([sources], out, PrepareSettings(workers=1, shard_size=size))
        names = {name for name in contents(out) if name.startswith("images")}
        assert names == set(image_files(12, size))
        assert len(open_pack(out)) == 12


def test_shards_in_a_source_folder_are_no_images_and_other_files_are_not_replaced(
    sources, tmp_path
):
    folder = shutil.copytree(sources, tmp_path / "photographs")
    for out in (folder / "packed", folder / "packed", tmp_path / "again"):
        assert prepare([folder], out, SHARDED).found == 12
    (folder / "packed" / "images-1.npy").touch()
    with pytest.raises(DataError, match=r"holds images-1\.npy"):
        prepare([folder], folder / "packed", SHARDED)


def test_a_run_killed_while_it_moved_shards_is_made_good(sources, tmp_path, monkeypatch):
    out, replace = tmp_path / "out", Path.replace

    def interrupted(self, target):
        if self.name == "images-00001-of-00003.npy":
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare([sources], out, SHARDED)
    with pytest.raises(DataError):
        open_pack(out)
    prepare([sources], out, WHOLE)
    assert [name for name in contents(out) if name.startswith("images")] == ["images.npy"]


def test_the_command_line_and_python_take_the_size_of_a_shard(sources, tmp_path):
    from typer.testing import CliRunner

    import lsgan

    command = ["prepare", str(sources), "--out", str(tmp_path / "a"), "--workers", "1"]
    result = CliRunner().invoke(app, [*command, "--shard-size", "5"])
    assert result.exit_code == 0, result.output
    lsgan.prepare(sources, tmp_path / "b", workers=1, shard_size=5, progress=False)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    with pytest.raises(DataError, match="hold none"):
        lsgan.prepare(sources, tmp_path / "c", shard_size=0)


# Using


def test_a_training_on_shards_is_the_same_bit_for_bit(
    small: Config, landscapes: np.ndarray, tmp_path: Path
) -> None:
    sharded = write_sharded(tmp_path / "packed", landscapes, 30)
    runs = tmp_path / "whole", tmp_path / "sharded"
    for run, data in zip(runs, (Path(small.data.path), sharded), strict=True):
        train(config_files.with_data(small, data), run, "cpu", progress=False)
    names = [path.name for path in sorted((runs[0] / "checkpoints").iterdir())]
    assert len(names) == 2
    for name in names:
        whole, other = (load_file(run / "checkpoints" / name) for run in runs)
        assert whole.keys() == other.keys()
        for key, values in whole.items():
            np.testing.assert_array_equal(values, other[key], err_msg=key)
    assert (runs[0] / "samples/reals.png").read_bytes() == (
        runs[1] / "samples/reals.png"
    ).read_bytes()


def test_an_export_of_shards_is_the_same(sources, tmp_path):
    for name, settings in (("whole", WHOLE), ("sharded", SHARDED)):
        prepare([sources], tmp_path / name, settings)
        export(tmp_path / name, tmp_path / "export" / name / "set", ["any"], progress=False)
    whole, sharded = (tmp_path / "export" / name / "set/train" for name in ("whole", "sharded"))
    assert len(contents(whole)) == 13
    assert contents(whole) == contents(sharded)
