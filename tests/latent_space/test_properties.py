"""The properties, on images of which they are known."""

import numpy as np
import pytest

from lsgan.latent_space import properties
from lsgan.latent_space.properties import COLOR_IMAGES, CURVES, GREY_IMAGES, properties_of


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.broadcast_to(
        np.array([red, green, blue], np.uint8).reshape(1, 3, 1, 1), (1, 3, 16, 16)
    )


def test_colors_of_plain_images() -> None:
    assert properties.brightness(plain(255, 255, 255)) == pytest.approx(1)
    assert properties.brightness(plain(0, 255, 0)) == pytest.approx(0.587)
    assert properties.warmth(plain(255, 9, 0)) == pytest.approx(1)
    assert properties.warmth(plain(0, 9, 255)) == pytest.approx(-1)
    assert properties.green(plain(0, 255, 0)) == pytest.approx(1)
    assert properties.blue(plain(255, 255, 0)) == pytest.approx(-1)
    for name in ("contrast", "texture"):
        assert COLOR_IMAGES[name](plain(1, 200, 30)) == pytest.approx(0)


def test_contrast_and_texture_of_a_chessboard_and_of_two_halves() -> None:
    board = (np.indices((16, 16)).sum(0) % 2 * 255).astype(np.uint8)[None, None]
    halves = np.zeros((1, 1, 16, 16), np.uint8)
    halves[..., 8:] = 255
    assert properties.contrast(board) == pytest.approx(0.5)
    assert properties.contrast(halves) == pytest.approx(0.5)
    assert properties.texture(board) == pytest.approx(1)
    assert properties.texture(halves) == pytest.approx(0.5 / 15)


@pytest.mark.parametrize("sky", [4, 8, 13])
def test_the_horizon_is_where_sky_and_land_meet(sky: int) -> None:
    images = np.full((1, 3, 16, 16), 60, np.uint8)
    images[:, :, :sky] = 220
    assert properties.horizon(images) == pytest.approx(1 - sky / 16, abs=0.03)
    # A lake below a dark shore counts no more than the sky does.
    assert properties.horizon(255 - images) == pytest.approx(1 - sky / 16, abs=0.03)


def test_of_an_image_of_one_color_the_horizon_is_in_the_middle() -> None:
    assert properties.horizon(plain(9, 9, 9)) == pytest.approx(0.5)


def test_curves() -> None:
    x = np.linspace(-1, 1, 15)
    curves = np.stack([2 * x**2 + 1, (x - 0.5) ** 2]).astype(np.float32)
    assert properties.height(curves) == pytest.approx([1, 0.25], abs=1e-5)
    assert properties.bend(curves) == pytest.approx([2, 1], abs=1e-5)
    assert properties.shift(curves) == pytest.approx([0, 0.5], abs=1e-5)


def test_samples_have_the_properties_of_their_kind() -> None:
    assert properties_of(np.zeros((2, 3, 8, 8), np.uint8)) is COLOR_IMAGES
    assert properties_of(np.zeros((2, 1, 8, 8), np.uint8)) is GREY_IMAGES
    assert properties_of(np.zeros((2, 15), np.float32)) is CURVES
    for measure in GREY_IMAGES.values():
        assert measure(np.zeros((2, 1, 8, 8), np.uint8)).shape == (2,)
