"""Random windows, against plain slicing and an independent interpolation."""

import numpy as np
import paddle
import pytest
from scipy import ndimage

from lsgan.training.crop import Crop


def test_a_whole_window_is_the_image() -> None:
    images = paddle.rand([2, 3, 16, 16])
    assert Crop(1.0).apply(images, paddle.rand([2, 2])) is images


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
def test_a_window_is_what_bilinear_interpolation_gives(share: float) -> None:
    size = 16
    images = np.random.default_rng(0).random((3, 2, size, size), np.float32)
    places = np.array([[0, 0], [1, 1], [0.3, 0.8]], np.float32)
    found = Crop(share).apply(paddle.to_tensor(images), paddle.to_tensor(places)).numpy()
    middle = (np.arange(size) + 0.5) * share - 0.5
    for image, (down, right), cropped in zip(images, places, found, strict=True):
        rows = (middle + (1 - share) * size * down).clip(0, size - 1)
        columns = (middle + (1 - share) * size * right).clip(0, size - 1)
        grid = np.meshgrid(rows, columns, indexing="ij")
        for channel, seen in zip(image, cropped, strict=True):
            expected = ndimage.map_coordinates(channel, grid, order=1)
            np.testing.assert_allclose(seen, expected, atol=1e-5)


def test_both_images_of_a_pair_are_cropped_alike() -> None:
    image = paddle.rand([4, 3, 32, 32])
    pairs = paddle.concat([image, image], 1)
    given, made = Crop(0.8).apply(pairs, paddle.rand([4, 2])).chunk(2, axis=1)
    assert paddle.equal_all(given, made)
    assert not paddle.equal_all(given, image)
