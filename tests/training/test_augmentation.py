"""Augmentation is differentiable, right to the pixel, and unbiased."""

import colorsys

import numpy as np
import paddle
import pytest

from lsgan.config import AugmentSection
from lsgan.training.augmentation import Augmentation, probability_for

COLUMNS = {
    name: place
    for place, name in enumerate(
        (
            "brightness",
            "saturation",
            "contrast",
            "down",
            "right",
            "hole_row",
            "hole_column",
            "noise",
        )
    )
}
NOTHING = [0, 1, 1, 0, 0, -9, -9, 0]


def images(count: int = 3, size: int = 16, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, channels, size, size)).astype("float32")


def drawn(count: int, **columns: float) -> paddle.Tensor:
    rows = np.tile(np.array(NOTHING, np.float32), (count, 1))
    for name, value in columns.items():
        rows[:, COLUMNS[name]] = value
    return paddle.to_tensor(rows)


def augmentation(**settings: object) -> Augmentation:
    return Augmentation(AugmentSection(**settings), 100)


def apply(given: np.ndarray, changes: paddle.Tensor, **settings: object) -> np.ndarray:
    return augmentation(**settings).apply(paddle.to_tensor(given), changes).numpy()


def test_nothing_drawn_changes_nothing() -> None:
    given = images()
    np.testing.assert_allclose(apply(given, drawn(3), cutout=0.5), given, atol=1e-6)


def test_no_strength_changes_nothing_whatever_is_drawn() -> None:
    given = images()
    np.testing.assert_array_equal(apply(given, drawn(3, brightness=0.4), probability=0.0), given)


def test_brightness_is_added() -> None:
    given = images()
    np.testing.assert_allclose(apply(given, drawn(3, brightness=0.25)), given + 0.25, atol=1e-6)


def test_saturation_is_scaled_about_the_grey_of_each_pixel() -> None:
    given = images()
    grey = given.mean(1, keepdims=True)
    found = apply(given, drawn(3, saturation=0))
    np.testing.assert_allclose(found, grey.repeat(3, 1), atol=1e-6)
    # Twice the distance from grey keeps the hue, as the standard library sees it.
    red, green, blue = (np.array([0.1, 0.3, 0.2])).astype(np.float32)
    one = np.broadcast_to(np.array([red, green, blue])[None, :, None, None], (1, 3, 4, 4))
    more = apply(np.ascontiguousarray(one, np.float32), drawn(1, saturation=2))[0, :, 0, 0]
    hue = colorsys.rgb_to_hsv(red, green, blue)[0]
    assert colorsys.rgb_to_hsv(*more)[0] == pytest.approx(hue, abs=1e-5)


def test_contrast_is_scaled_about_the_mean_of_each_image() -> None:
    given = images()
    mean = given.mean((1, 2, 3), keepdims=True)
    expected = (given - mean) * 1.5 + mean
    np.testing.assert_allclose(apply(given, drawn(3, contrast=1.5)), expected, atol=1e-6)


def test_the_three_follow_one_another_as_in_the_paper() -> None:
    given = images()
    step = given + 0.3
    grey = step.mean(1, keepdims=True)
    step = (step - grey) * 1.7 + grey
    mean = step.mean((1, 2, 3), keepdims=True)
    step = (step - mean) * 0.6 + mean
    changes = drawn(3, brightness=0.3, saturation=1.7, contrast=0.6)
    np.testing.assert_allclose(apply(given, changes), step, atol=1e-5)


@pytest.mark.parametrize(("down", "right"), [(2, 0), (-3, 1), (0, -5), (4, 4)])
def test_translation_moves_whole_pixels_and_fills_with_the_middle(down: int, right: int) -> None:
    given = images()
    found = apply(given, drawn(3, down=down / 16, right=right / 16), color=False)
    padded = np.pad(given, ((0, 0), (0, 0), (8, 8), (8, 8)))
    expected = padded[:, :, 8 - down : 24 - down, 8 - right : 24 - right]
    np.testing.assert_array_equal(found, expected)


def test_cutout_makes_one_square_hole() -> None:
    found = apply(
        np.ones((1, 3, 16, 16), np.float32), drawn(1, hole_row=0.5, hole_column=0.25), cutout=0.25
    )
    hole = np.argwhere(found[0, 0] == 0)
    assert len(hole) == 16
    assert hole.min(0).tolist() == [6, 2]
    assert hole.max(0).tolist() == [9, 5]


@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_pass_through(channels: int) -> None:
    given = paddle.to_tensor(images(2, 8, channels), stop_gradient=False)
    changes = drawn(2, brightness=0.2, saturation=1.4, contrast=0.7, down=0.125, right=-0.25)
    used = augmentation()
    weights = paddle.to_tensor(images(2, 8, channels)[::-1].copy())
    (used.apply(given, changes) * weights).sum().backward()
    # Linear in the images: a whole step along one pixel is its derivative.
    moved = given.numpy()
    moved[1, 0, 3, 4] += 1
    gain = (
        (used.apply(paddle.to_tensor(moved), changes) - used.apply(given.detach(), changes))
        * weights
    ).sum()
    assert float(given.grad[1, 0, 3, 4]) == pytest.approx(float(gain), rel=1e-3, abs=1e-4)


def test_draws_follow_from_seed_and_step_and_differ_between_the_passes() -> None:
    used = augmentation()
    first = used.draw(0, 5, 32)
    assert first.shape == (3, 32, 8)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, augmentation().draw(0, 5, 32))
    assert (first != used.draw(0, 6, 32)).any()
    assert (first != used.draw(1, 5, 32)).any()
    assert (first[0] != first[1]).any()
    assert (first[1] != first[2]).any()


def test_draws_lie_in_their_ranges_and_favour_no_side() -> None:
    rows = augmentation(translation=0.25, cutout=0.5).draw(0, 0, 20_000).reshape(-1, 8)
    ranges = [(-0.5, 0.5), (0, 2), (0.5, 1.5), (-0.25, 0.25), (-0.25, 0.25), (0, 1), (0, 1), (0, 0)]
    for column, (least, most) in zip(rows.T, ranges, strict=True):
        assert column.min() >= least
        assert column.max() <= most
        assert column.mean() == pytest.approx((least + most) / 2, abs=0.01 * (most - least))


def test_strength_is_the_share_of_images_that_each_change_is_made_to() -> None:
    rows = augmentation(probability=0.3, cutout=0.5).draw(0, 0, 10_000).reshape(-1, 8)
    untouched = rows == np.array(NOTHING, np.float32)
    for column in (0, 3, 5):
        assert untouched[:, column].mean() == pytest.approx(0.7, abs=0.02)
    # The kinds are independent of one another.
    assert (untouched[:, 0] & untouched[:, 3]).mean() == pytest.approx(0.49, abs=0.02)


def test_kinds_that_are_off_are_left_alone() -> None:
    rows = augmentation(color=False, translation=0.0).draw(0, 0, 64).reshape(-1, 8)
    np.testing.assert_array_equal(rows, np.tile(np.array(NOTHING, np.float32), (192, 1)))
    assert augmentation(color=False, translation=0.0).description == "no augmentation"


def test_auto_strength_falls_with_the_number_of_photographs() -> None:
    found = [
        probability_for(count) for count in (10, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
    ]
    assert found == [1, 1, 1, 0.5, 0, 0]
    assert Augmentation(AugmentSection(), 100_000).probability == pytest.approx(0.5)
    assert Augmentation(AugmentSection(probability=0.25), 100_000).probability == 0.25


def test_instance_noise_fades_with_the_images_seen() -> None:
    settings = {"probability": 0.0, "instance_noise": 0.4, "instance_noise_images": 1000}
    used = augmentation(**settings)
    deviations = [used.draw(0, step, 10)[..., 7] for step in (0, 25, 50, 100, 200)]
    assert [round(float(each.max()), 6) for each in deviations] == [0.4, 0.3, 0.2, 0, 0]
    assert all(np.ptp(each) == 0 for each in deviations)
    blank = np.zeros((4, 3, 64, 64), np.float32)
    changed = apply(blank, drawn(4, noise=0.4), **settings)
    assert changed.mean() == pytest.approx(0, abs=0.01)
    assert changed.std() == pytest.approx(0.4, rel=0.02)
    np.testing.assert_array_equal(apply(blank, drawn(4, noise=0.0), **settings), blank)
    # Of curves as of images.
    assert apply(np.zeros((4, 15), np.float32), drawn(4, noise=0.4), **settings).std() > 0.2


def test_noise_follows_from_the_seed_and_the_step() -> None:
    from lsgan.training.state import seed_layers

    settings = {"probability": 0.0, "instance_noise": 0.4}
    blank = np.zeros((2, 3, 8, 8), np.float32)
    found = []
    for seed, step, rank in ((0, 3, 0), (0, 3, 0), (0, 4, 0), (1, 3, 0), (0, 3, 1)):
        seed_layers(seed, step, rank)
        found.append(apply(blank, drawn(2, noise=0.4), **settings))
    np.testing.assert_array_equal(found[0], found[1])
    assert all((found[0] != other).all() for other in found[2:])
