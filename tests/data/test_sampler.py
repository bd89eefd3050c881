import numpy as np
import pytest

from lsgan import random
from lsgan.data.sampler import Sampler, split


def test_the_split_is_a_tenth_by_seed_and_complete() -> None:
    trained, held_out = split(7148, 0.1, seed=0)
    assert len(held_out) == 714
    assert sorted([*trained, *held_out]) == list(range(7148))
    np.testing.assert_array_equal(held_out, split(7148, 0.1, seed=0)[1])
    assert set(held_out) != set(split(7148, 0.1, seed=1)[1])
    # Spread over the whole set: images lie in it class by class.
    assert 3 * 0.8 < (held_out < 7148 / 3).mean() * 9 < 3 * 1.2


def test_nothing_held_out_is_ever_drawn() -> None:
    trained, held_out = split(50, 0.1, seed=3)
    order = Sampler(trained, 7, seed=3, flip=True)
    drawn = np.concatenate([order.batch(step)[0] for step in range(100)])
    assert not set(drawn) & set(held_out)


@pytest.mark.parametrize("batch_size", [3, 8, 64])
def test_every_image_comes_once_an_epoch(batch_size: int) -> None:
    images = np.array([4, 8, 15, 16, 23, 42, 5, 6, 7, 9])
    order = Sampler(images, batch_size, seed=0, flip=False)
    steps = 30 * len(images) // batch_size
    drawn = np.concatenate([order.batch(step)[0] for step in range(steps)])
    epochs = drawn[: len(drawn) // 10 * 10].reshape(-1, 10)
    for epoch in epochs:
        assert sorted(epoch) == sorted(images)
    assert len({tuple(epoch) for epoch in epochs}) > 20


def test_a_step_is_the_same_whatever_was_drawn_before() -> None:
    order = Sampler(np.arange(20), 8, seed=1, flip=True)
    expected = order.batch(9)
    for step in (0, 30, 7):
        order.batch(step)
    for first, second in zip(expected, order.batch(9), strict=True):
        np.testing.assert_array_equal(first, second)


def test_half_of_the_images_are_mirrored() -> None:
    flips = [Sampler(np.arange(20), 8, 0, True).batch(step)[1] for step in range(500)]
    assert np.mean(flips) == pytest.approx(0.5, abs=0.04)
    assert not Sampler(np.arange(20), 8, 0, False).batch(3)[1].any()


def test_narrow_indices_are_in_the_order_of_numpys_permutation() -> None:
    """Runs of earlier versions, whose indices had 64 bits, go on in the same order."""
    held_out = random.stream(5, "held-out pictures").permutation(70_001)[:7000]
    trained, apart = split(70_001, 0.1, seed=5)
    np.testing.assert_array_equal(apart, np.sort(held_out))
    assert trained.nbytes + apart.nbytes == 4 * 70_001
    order = random.stream(5, "order", 2).permutation(len(trained))
    steps = 2 * len(trained) // 7
    drawn = Sampler(trained, 7, seed=5, flip=False).batch(steps)[0]
    places = np.arange(7 * steps, 7 * steps + 7) - 2 * len(trained)
    assert places[0] >= -7
    later = places >= 0
    np.testing.assert_array_equal(drawn[later], trained[order[places[later]]])
    shuffled = random.stream(5, "grid of reals").permutation(trained.astype(np.int64))
    np.testing.assert_array_equal(random.stream(5, "grid of reals").permutation(trained), shuffled)
