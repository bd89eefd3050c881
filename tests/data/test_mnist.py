"""Idx files as MNIST's are, whole and damaged."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from lsgan.data.mnist import find, read
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
SETTINGS = PrepareSettings(size=32, channels=1, origin="mnist")


def compressed(content: bytes) -> bytes:
    """Without the time, so that every process that collects the tests calls them the same."""
    return gzip.compress(content, mtime=0)


def idx(values: np.ndarray, kind: int = 8) -> bytes:
    """An idx file, by the format's description."""
    header = struct.pack(">BBBB", 0, 0, kind, values.ndim)
    return header + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.fixture
def digits() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)


@pytest.fixture
def folder(tmp_path: Path, digits: np.ndarray) -> Path:
    source = tmp_path / "mnist"
    source.mkdir()
    (source / f"{IMAGES}.gz").write_bytes(compressed(idx(digits)))
    (source / f"{LABELS}.gz").write_bytes(compressed(idx(np.arange(7, dtype=np.uint8))))
    return source


def test_digits_are_packed_pixel_by_pixel_with_a_black_border(
    folder: Path, tmp_path: Path, digits: np.ndarray
) -> None:
    summary = prepare([folder], tmp_path / "out", SETTINGS)
    assert (summary.found, summary.kept) == (7, 7)
    assert "--config dcgan-mnist.yaml" in str(summary)
    pack = open_pack(tmp_path / "out")
    assert pack.images.shape == (7, 1, 32, 32)
    np.testing.assert_array_equal(pack.images[:, 0, 2:-2, 2:-2], digits)
    border = np.ones((32, 32), bool)
    border[2:-2, 2:-2] = False
    assert not pack.images[:, 0, border].any()
    assert [row["class"] for row in pack.manifest()] == list("0123456")
    assert pack.manifest()[3]["file"] == f"{IMAGES}.gz#3"


def test_a_larger_size_shows_the_same_digits_enlarged(folder: Path) -> None:
    found = [decoded.pixels for _, decoded in read(find(folder), 64, 3)]
    assert found[0].shape == (3, 64, 64)
    np.testing.assert_array_equal(found[0][0], found[0][2])
    # Away from its edge an even digit stays what it was.
    smooth = np.full((1, 28, 28), 200, np.uint8)
    (folder / f"{IMAGES}.gz").write_bytes(compressed(idx(smooth)))
    (folder / f"{LABELS}.gz").unlink()
    ((candidate, decoded),) = read(find(folder), 64, 1)
    assert candidate.category is None
    inside = decoded.pixels[0, 12:-12, 12:-12].astype(float)
    np.testing.assert_allclose(inside, 200, atol=1)


def test_files_that_are_not_packed_and_the_other_half_are_read_too(
    tmp_path: Path, digits: np.ndarray
) -> None:
    (tmp_path / IMAGES).write_bytes(idx(digits))
    assert find(tmp_path) == tmp_path / IMAGES
    other = tmp_path / "t10k-images-idx3-ubyte"
    other.write_bytes(idx(digits[:2]))
    assert len(list(read(find(other), 32, 1))) == 2


def test_digits_that_resemble_each_other_are_all_kept(tmp_path: Path) -> None:
    (tmp_path / IMAGES).write_bytes(idx(np.full((5, 28, 28), 9, np.uint8)))
    assert prepare([tmp_path], tmp_path / "out", SETTINGS).kept == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (compressed(idx(np.zeros((3, 28, 28), np.uint8))[:-1]), "ends too early"),
        (compressed(idx(np.zeros((3, 28, 28), np.uint8)) + b"\0"), "goes on after its end"),
        (compressed(idx(np.zeros((3, 28, 28), np.uint8)))[:-20], "cannot read"),
        (compressed(idx(np.zeros((3, 8, 8), np.uint8))), "are 8×8, not 28×28"),
        (compressed(idx(np.zeros((0, 28, 28), np.uint8))), "is empty"),
        (compressed(idx(np.zeros((3, 28, 28), ">i2"), 11)), "is no idx file"),
        (compressed(idx(np.zeros(3, np.uint8))), "is no idx file"),
        (compressed(struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 28, 28)), "more than can be"),
        (compressed(struct.pack(">4B3I", 0, 0, 8, 3, 5, 2**31, 2**31)), "not 28×28"),
        (compressed(b"\0\0\x08\x03\0"), "is no idx file"),
        (b"<html>not found</html>", "cannot read"),
        (b"", "is no idx file"),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_left(
    folder: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    (folder / f"{IMAGES}.gz").write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        prepare([folder], tmp_path / "out", SETTINGS)
    assert f"{IMAGES}.gz" in str(caught.value)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name != ".prepare.lock"]


def test_labels_of_other_images_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / f"{LABELS}.gz").write_bytes(compressed(idx(np.arange(6, dtype=np.uint8))))
    with pytest.raises(DataError, match="6 labels for the 7 images"):
        prepare([folder], tmp_path / "out", SETTINGS)


def test_a_folder_without_them_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"no {IMAGES}\.gz in .*four idx files"):
        prepare([tmp_path], tmp_path / "out", SETTINGS)
    with pytest.raises(DataError, match="no file or folder"):
        prepare([tmp_path / "missing"], tmp_path / "out", SETTINGS)
    with pytest.raises(DataError, match="Use photographs, pairs or mnist"):
        PrepareSettings(origin="cifar")
