"""The batches that the networks are trained on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan.config import Config, config_files
from lsgan.data.pack import Pack, open_pack
from lsgan.data.sampler import Sampler
from lsgan.networks.latents import Latents
from lsgan.training.augmentation import Augmentation
from lsgan.training.crop import Crop
from lsgan.training.data_loader import DataLoader


def sampler_of(config: Config, pack: Pack) -> Sampler:
    train = config.train
    return Sampler(np.arange(len(pack)), train.batch_size, train.seed, config.data.horizontal_flip)


def loader_of(config: Config, pack: Pack, share: slice = slice(None)) -> DataLoader:
    sampler = sampler_of(config, pack)
    augmentation = Augmentation(config.augment, len(pack))
    crop = Crop(config.data.crop)
    return DataLoader(pack.images, sampler, Latents(config.model), crop, augmentation, share)


def test_latents_to_train_on_are_standard_normal_and_new_at_every_step(small: Config) -> None:
    loader = loader_of(small, open_pack(Path(small.data.path)))
    drawn = np.stack([loader.batch(step).latents.numpy() for step in range(200)])
    assert drawn.dtype == np.float32
    assert abs(drawn.mean()) < 5 / np.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(1, abs=0.05)
    assert len(np.unique(drawn.reshape(-1, 8), axis=0)) == 800


@pytest.mark.parametrize("resident", [False, True])
def test_batches_have_images_in_range_of_which_some_are_mirrored(
    small: Config, monkeypatch: pytest.MonkeyPatch, resident: bool
) -> None:
    # What lies on a GPU there lies on the CPU here; the way of the data is the same.
    monkeypatch.setattr("lsgan.training.data_loader._fits", lambda _: resident)
    pack = open_pack(Path(small.data.path))
    sampler = sampler_of(small, pack)
    augmentation = Augmentation(small.augment, len(pack))
    loader = loader_of(small, pack)
    for step in (0, 1, 49, 50, 2):
        images, latents, augment_params, *uniform = loader.batch(step)
        indices, flips = sampler.batch(step)
        expected = pack.images[indices].astype(np.float32) / 127.5 - 1
        expected[flips] = expected[flips][..., ::-1]
        np.testing.assert_allclose(images.numpy(), expected, atol=1e-6)
        assert latents.shape == [4, 8]
        np.testing.assert_array_equal(augment_params.numpy(), augmentation.draw(0, step, 4))
        for each, shape in zip(uniform, ([4], [2, 4]), strict=True):
            assert each.shape == shape
            assert 0 <= each.numpy().min() < each.numpy().max() < 1
    again = loader_of(small, pack)
    assert paddle.equal_all(loader.batch(3)[1], again.batch(3)[1])
    # Two processes together are fed what one alone would be.
    parts = [loader_of(small, pack, slice(i, i + 2)).batch(3) for i in (0, 2)]
    for whole, *shares, axis in zip(loader.batch(3), *parts, (0, 0, 1, 0, 1), strict=True):
        assert paddle.equal_all(whole, paddle.concat(shares, axis))


def test_both_images_of_a_pair_are_mirrored_and_cropped_alike(small: Config) -> None:
    pack = open_pack(Path(small.data.path))
    twins = replace(pack, images=np.concatenate([pack.images, pack.images], 1))
    config = config_files.change(small, ["data.crop=0.8"])
    loader, sampler = loader_of(config, twins), sampler_of(config, pack)
    mirrored = []
    for step in range(10):
        given, made = loader.batch(step).images.chunk(2, axis=1)
        assert paddle.equal_all(given, made)
        mirrored += list(sampler.batch(step)[1])
    assert 0 < sum(mirrored) < len(mirrored)
