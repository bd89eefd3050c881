"""Batches for the networks: real images and latents, on the device before they are needed."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Floats, Samples, Tensor
from lsgan.data.sampler import Sampler
from lsgan.networks.latents import Latents
from lsgan.training.augmentation import Augmentation
from lsgan.training.crop import Crop

# A pack may take this share of a GPU's memory; the rest is for the networks.
_SHARE = 0.5
_BLOCK = 50


class Batch(NamedTuple):
    """The batch of one update of the discriminator.

    Attributes:
        images: float32 (B, channels, size, size) in [−1, 1]; of curves (B, points).
        latents: float32 (B, latent_dim), with classes (B, latent_dim + classes): those of the
            images, so that generated images are of the same classes.
        augment_params: what `Augmentation.draw` gave, float32 (3, B, 8).
        alpha: how much of each real image is in the interpolations that a gradient penalty is
            taken at, float32 (B,).
        flip_draws: from which wrong labels follow, float32 (2, B).
    """

    images: Tensor
    latents: Tensor
    augment_params: Tensor
    alpha: Tensor
    flip_draws: Tensor


class DataLoader:
    """Batches, one after another.

    The draws of 50 batches go to the device together, so that on a GPU none between waits for the
    host. Where the whole pack fits into the GPU's memory the images are there too; else
    every batch is copied, which waits.

    Args:
        images: uint8 (N, channels, size, size), the pack's; of curves float32 (N, points).
        sampler: which of them each batch has.
        latents: what draws the latents.
        crop: what cuts windows out of the images.
        augmentation: what draws the augmentation.
        share: which of a batch are drawn for here, where several processes train together.
        classes: the class of each image, one-hot, float32 (N, classes); None without classes.
    """

    def __init__(
        self,
        images: Samples,
        sampler: Sampler,
        latents: Latents,
        crop: Crop,
        augmentation: Augmentation,
        share: slice,
        classes: Floats | None = None,
    ) -> None:
        self.resident = _fits(images)
        self._images = images
        self._sampler = sampler
        self._draws = latents
        self._crop = crop
        self._augmentation = augmentation
        self._share = share
        self._classes = classes
        self._first = -1
        if self.resident:
            self._on_device = paddle.to_tensor(np.ascontiguousarray(images))

    def batch(self, number: int) -> Batch:
        """The batch of this number, counted from 0."""
        place = number % _BLOCK
        if number - place != self._first:
            self._first = number - place
            self._send()
        images = self._from_device(place) if self.resident else self._from_host(place)
        drawn = self._latents, self._augment_params, self._alpha, self._flip_draws
        return Batch(
            self._crop.apply(images, self._windows[place]), *(each[place] for each in drawn)
        )

    def _send(self) -> None:
        """Draw a block of batches and send what is drawn to the device."""
        seed, size = self._sampler.seed, self._sampler.batch_size

        def uniform(name: str, *shape: int) -> Callable[[int], Floats]:
            return lambda number: random.stream(seed, name, number).random(shape, np.float32)

        self._augment_params = self._sent(
            lambda number: self._augmentation.draw(seed, number, size), 2
        )
        self._windows = self._sent(uniform("crops", size, 2))
        self._alpha = self._sent(uniform("gradient penalty", size))
        self._flip_draws = self._sent(uniform("labels", 2, size), 2)
        numbers = range(self._first, self._first + _BLOCK)
        indices, flips = zip(*(self._sampler.batch(number) for number in numbers), strict=True)

        def latents(number: int) -> Floats:
            stream = random.stream(seed, "latents", number)
            drawn = indices[number - self._first]
            return self._draws.draw(
                stream, size, None if self._classes is None else self._classes[drawn]
            )

        self._latents = self._sent(latents)
        self._indices, self._flips = (np.stack(each)[:, self._share] for each in (indices, flips))
        if self.resident:
            self._indices = paddle.to_tensor(self._indices)
            self._flips = paddle.to_tensor(self._flips)

    def _sent(self, draw: Callable[[int], Floats], axis: int = 1) -> Tensor:
        """The draws of a block on the device, of each what is this process's along `axis`.

        What is drawn is that of the whole batch, whatever the number of processes.
        """
        drawn = np.stack([draw(self._first + place) for place in range(_BLOCK)])
        return paddle.to_tensor(drawn[(slice(None),) * axis + (self._share,)])

    def _from_device(self, place: int) -> Tensor:
        # Scaled before it is mirrored: on a GPU Paddle mirrors no uint8.
        images = to_unit(paddle.gather(self._on_device, self._indices[place]))
        flips = self._flips[place].reshape([-1, *[1] * (images.ndim - 1)])
        return paddle.where(flips, images.flip(-1), images)

    def _from_host(self, place: int) -> Tensor:
        images = self._images[self._indices[place]]
        flips = self._flips[place]
        images[flips] = images[flips][..., ::-1]
        return to_unit(paddle.to_tensor(images))


def to_unit(images: Tensor) -> Tensor:
    """Images of 0 to 255 as float32 in [−1, 1]; curves, which are float32, as they are."""
    if images.dtype == paddle.float32:
        return images
    return images.astype("float32") / 127.5 - 1.0


def _fits(images: Samples) -> bool:
    """Whether the current device is a GPU with room for all the images."""
    if not paddle.get_device().startswith("gpu"):
        return False
    memory = paddle.device.cuda.get_device_properties().total_memory
    return bool(images.nbytes <= _SHARE * memory)
