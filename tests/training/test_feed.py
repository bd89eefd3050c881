"""What the networks are fed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan import config_files
from lsgan.augment import Augmentation
from lsgan.config import Config
from lsgan.dataset.pack import Pack, open_pack
from lsgan.latents import Latents
from lsgan.training.crop import Crop
from lsgan.training.feed import Feed
from lsgan.training.setup import order_of


def feed_of(config: Config, pack: Pack, share: slice = slice(None)) -> Feed:
    order = order_of(config, np.arange(len(pack)))
    augmentation = Augmentation(config.augment, len(pack))
    crop = Crop(config.data.crop)
    return Feed(pack.images, order, Latents(config.model), crop, augmentation, share)


def test_latents_to_train_on_are_standard_normal_and_new_at_every_step(small: Config) -> None:
    feed = feed_of(small, open_pack(Path(small.data.path)))
    drawn = np.stack([feed.draw(step).latents.numpy() for step in range(200)])
    assert drawn.dtype == np.float32
    assert abs(drawn.mean()) < 5 / np.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(1, abs=0.05)
    assert len(np.unique(drawn.reshape(-1, 8), axis=0)) == 800


@pytest.mark.parametrize("resident", [False, True])
def test_feed_gives_images_in_range_and_mirrors_some(
    small: Config, monkeypatch: pytest.MonkeyPatch, resident: bool
) -> None:
    # What lies on a GPU there lies on the CPU here; the way of the data is the same.
    monkeypatch.setattr("lsgan.training.feed._fits", lambda _: resident)
    pack = open_pack(Path(small.data.path))
    order = order_of(small, np.arange(len(pack)))
    augmentation = Augmentation(small.augment, len(pack))
    feed = feed_of(small, pack)
    for step in (0, 1, 49, 50, 2):
        images, drawn, changes, *chances = feed.draw(step)
        indices, flips = order.batch(step)
        expected = pack.images[indices].astype(np.float32) / 127.5 - 1
        expected[flips] = expected[flips][..., ::-1]
        np.testing.assert_allclose(images.numpy(), expected, atol=1e-6)
        assert drawn.shape == [4, 8]
        np.testing.assert_array_equal(changes.numpy(), augmentation.draw(0, step, 4))
        for each, shape in zip(chances, ([4], [2, 4]), strict=True):
            assert each.shape == shape
            assert 0 <= each.numpy().min() < each.numpy().max() < 1
    again = feed_of(small, pack)
    assert paddle.equal_all(feed.draw(3)[1], again.draw(3)[1])
    # Two processes together are fed what one alone would be.
    parts = [feed_of(small, pack, slice(i, i + 2)).draw(3) for i in (0, 2)]
    for whole, *shares, axis in zip(feed.draw(3), *parts, (0, 0, 1, 0, 1), strict=True):
        assert paddle.equal_all(whole, paddle.concat(shares, axis))


def test_both_images_of_a_pair_are_mirrored_and_cropped_alike(small: Config) -> None:
    pack = open_pack(Path(small.data.path))
    twins = replace(pack, images=np.concatenate([pack.images, pack.images], 1))
    config = config_files.change(small, ["data.crop=0.8"])
    feed, order = feed_of(config, twins), order_of(config, np.arange(len(pack)))
    mirrored = []
    for step in range(10):
        given, made = feed.draw(step).images.chunk(2, axis=1)
        assert paddle.equal_all(given, made)
        mirrored += list(order.batch(step)[1])
    assert 0 < sum(mirrored) < len(mirrored)
