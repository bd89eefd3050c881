"""Grids with captions."""

import numpy as np

from lsgan.io.images import captioned, grid


def test_a_caption_stands_below_its_images_and_changes_none() -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 3, 32, 32), np.uint8)
    plain = np.asarray(grid(images, 4))
    for captions in (["0.12", "3.4", "56", "7.8e+03"], ["0.12", "", "56", ""]):
        sheet = np.asarray(captioned(images, captions, 4))
        assert sheet.shape == (2 * (32 + 14) + 2, 4 * 34 - 2, 3)
        for row in range(2):
            top = row * (32 + 14 + 2)
            np.testing.assert_array_equal(sheet[top : top + 32], plain[row * 34 : row * 34 + 32])
            below = sheet[top + 32 : top + 46]
            written = [below[:, :66].min() < 64, below[:, 68:].min() < 64]
            assert written == [bool(caption) for caption in captions[2 * row : 2 * row + 2]]


def test_grey_images_have_captions_too() -> None:
    sheet = captioned(np.full((2, 1, 32, 32), 255, np.uint8), ["0.5"])
    assert np.asarray(sheet)[:32].min() == 255
    assert np.asarray(sheet)[32:].min() < 64
