"""What the networks are fed: real pictures and latents, on the device before they are needed."""

from typing import NamedTuple

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Floats, Pixels, Tensor
from lsgan.augment import Augmentation
from lsgan.dataset.batches import Order

# A pack may take this share of a GPU's memory; the rest is for the networks.
_SHARE = 0.5
_BLOCK = 50


class Batch(NamedTuple):
    """What one update of the discriminator is fed.

    Attributes:
        pictures: float32 (B, channels, size, size) in [−1, 1].
        latents: float32 (B, latent_size).
        changes: what `Augmentation.draw` gave, float32 (3, B, 7).
        mixes: how much of each real picture is in what a gradient penalty looks at, float32 (B,).
    """

    pictures: Tensor
    latents: Tensor
    changes: Tensor
    mixes: Tensor


class Feed:
    """Batches, one after another.

    The draws of 50 batches go to the device together, so that on a GPU none between waits for the
    host. Where the whole pack fits into the GPU's memory the pictures are there too; else
    every batch is copied, which waits.

    Args:
        images: uint8 (N, channels, size, size), the pack's.
        order: which of them each batch has.
        latent_size: length of a latent.
        augmentation: what draws the augmentation.
        share: which of a batch are drawn for here, where several processes train together.
    """

    def __init__(
        self,
        images: Pixels,
        order: Order,
        latent_size: int,
        augmentation: Augmentation,
        share: slice,
    ) -> None:
        self.resident = _fits(images)
        self._images = images
        self._order = order
        self._latent_size = latent_size
        self._augmentation = augmentation
        self._share = share
        self._first = -1
        if self.resident:
            self._on_device = paddle.to_tensor(np.ascontiguousarray(images))

    def draw(self, number: int) -> Batch:
        """The batch of this number, counted from 0."""
        place = number % _BLOCK
        if number - place != self._first:
            self._first = number - place
            self._send()
        pictures = self._from_device(place) if self.resident else self._from_host(place)
        return Batch(pictures, self._latents[place], self._changes[place], self._mixes[place])

    def _send(self) -> None:
        """Draw a block of batches and send what is drawn to the device."""
        numbers = range(self._first, self._first + _BLOCK)
        seed, size = self._order.seed, self._order.batch_size
        drawn = [latents(seed, number, (size, self._latent_size)) for number in numbers]
        self._latents = paddle.to_tensor(np.stack(drawn)[:, self._share])
        drawn = [self._augmentation.draw(seed, number, size) for number in numbers]
        self._changes = paddle.to_tensor(np.stack(drawn)[:, :, self._share])
        drawn = [mixes(seed, number, size) for number in numbers]
        self._mixes = paddle.to_tensor(np.stack(drawn)[:, self._share])
        indices, flips = zip(*(self._order.batch(number) for number in numbers), strict=True)
        # What is drawn is that of the whole batch, whatever the number of processes.
        self._indices, self._flips = (np.stack(each)[:, self._share] for each in (indices, flips))
        if self.resident:
            self._indices = paddle.to_tensor(self._indices)
            self._flips = paddle.to_tensor(self._flips[..., None, None, None])

    def _from_device(self, place: int) -> Tensor:
        # Scaled before it is mirrored: on a GPU Paddle mirrors no uint8.
        pictures = to_unit(paddle.gather(self._on_device, self._indices[place]))
        return paddle.where(self._flips[place], pictures.flip(3), pictures)

    def _from_host(self, place: int) -> Tensor:
        pictures = self._images[self._indices[place]]
        flips = self._flips[place]
        pictures[flips] = pictures[flips][..., ::-1]
        return to_unit(paddle.to_tensor(pictures))


def latents(seed: int, number: int, shape: tuple[int, int]) -> Floats:
    """The latents of one batch: float32 of `shape` (B, latent_size), from N(0, 1)."""
    return random.stream(seed, "latents", number).standard_normal(shape, np.float32)


def mixes(seed: int, number: int, size: int) -> Floats:
    """The gradient penalty's of one batch: float32 (size,), evenly from [0, 1)."""
    return random.stream(seed, "gradient penalty", number).random(size, np.float32)


def to_unit(pictures: Tensor) -> Tensor:
    """Pictures of 0 to 255 as float32 in [−1, 1], the range of the generator's tanh."""
    return pictures.astype("float32") / 127.5 - 1.0


def _fits(images: Pixels) -> bool:
    """Whether the current device is a GPU with room for all the pictures."""
    if not paddle.get_device().startswith("gpu"):
        return False
    memory = paddle.device.cuda.get_device_properties().total_memory
    return bool(images.nbytes <= _SHARE * memory)
