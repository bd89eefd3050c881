"""Two images side by side in one file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.data.decode import decode
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.rejection import RejectedError
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from tests.data.samples import texture


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "pairs"
    source.mkdir()
    for seed in range(5):
        beside(texture(seed, 64, 64), texture(100 + seed, 64, 64)).save(source / f"{seed}.png")
    # What the same label map gives with another photograph is no copy.
    beside(texture(0, 64, 64), texture(200, 64, 64)).save(source / "5.png")
    (source / "notes.png").write_text("no image")
    texture(7, 40, 64).save(source / "narrow.png")
    return source


@pytest.mark.parametrize("direction", ["left-to-right", "right-to-left"])
def test_the_given_half_comes_first_in_either_direction(
    folder: Path, tmp_path: Path, direction: str
) -> None:
    settings = PrepareSettings(size=64, origin="pairs", direction=direction, workers=1)
    summary = prepare([folder], tmp_path / "out", settings)
    assert summary.kept == 6
    assert summary.rejected == {"not-an-image": 1, "too-small": 1}
    assert "--config pix2pix-facades.yaml" in str(summary)
    pack = open_pack(tmp_path / "out")
    assert (pack.kind, pack.images.shape) == ("pairs", (6, 6, 64, 64))
    left, right = (np.asarray(texture(seed, 64, 64)).transpose(2, 0, 1) for seed in (3, 103))
    given, made = np.split(pack.images[3], 2)
    expected = (left, right) if direction == "left-to-right" else (right, left)
    np.testing.assert_array_equal(given, expected[0])
    np.testing.assert_array_equal(made, expected[1])
    with Image.open(tmp_path / "out" / "contact-sheet.png") as sheet:
        assert sheet.width > sheet.height


def test_both_halves_are_cropped_alike(tmp_path: Path) -> None:
    wide = texture(1, 100, 40)
    path = tmp_path / "pair.png"
    beside(wide, wide).save(path)
    given, made = np.split(decode(path, 32, 3, 1, "left-to-right").pixels, 2)
    np.testing.assert_array_equal(given, made)
    # The centre square of one half, as of an image alone.
    wide.save(tmp_path / "one.png")
    np.testing.assert_array_equal(given, decode(tmp_path / "one.png", 32, 3, 1).pixels)


def test_the_least_size_is_that_of_a_half(tmp_path: Path) -> None:
    path = tmp_path / "pair.png"
    texture(1, 80, 64).save(path)
    assert decode(path, 32, 1, 40, "left-to-right").pixels.shape == (2, 32, 32)
    with pytest.raises(RejectedError, match="too-small"):
        decode(path, 32, 1, 41, "left-to-right")


def test_another_direction_is_refused() -> None:
    with pytest.raises(DataError, match="Use left-to-right or right-to-left"):
        PrepareSettings(origin="pairs", direction="down")
