"""What a step is fed: real pictures and latents, on the device before they are needed."""

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Floats, Pixels, Tensor
from lsgan.augment import Augmentation
from lsgan.dataset.batches import Order

# A pack may take this share of a GPU's memory; the rest is for the networks.
_SHARE = 0.5
_BLOCK = 50


class Feed:
    """Real pictures and latents for one step after another.

    The draws of 50 steps go to the device together, so that on a GPU no step between waits for
    the host. Where the whole pack fits into the GPU's memory the pictures are there too; else
    every batch is copied, which waits.

    Args:
        images: uint8 (N, channels, size, size), the pack's.
        order: which of them each step draws.
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

    def draw(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """What a step is fed.

        Returns:
            Pictures, float32 (B, channels, size, size) in [−1, 1]; latents, float32 (B, L); and
            what `Augmentation.draw` gave, float32 (3, B, 7).
        """
        place = step % _BLOCK
        if step - place != self._first:
            self._first = step - place
            self._send()
        pictures = self._from_device(place) if self.resident else self._from_host(place)
        return pictures, self._latents[place], self._augmentations[place]

    def _send(self) -> None:
        """Draw for a block of steps and send what is drawn to the device."""
        steps = range(self._first, self._first + _BLOCK)
        shape = (self._order.batch_size, self._latent_size)
        drawn = np.stack([latents(self._order.seed, step, shape)[self._share] for step in steps])
        self._latents = paddle.to_tensor(drawn)
        changes = [
            self._augmentation.draw(self._order.seed, step, self._order.batch_size)[:, self._share]
            for step in steps
        ]
        self._augmentations = paddle.to_tensor(np.stack(changes))
        indices, flips = zip(*(self._order.batch(step) for step in steps), strict=True)
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


def latents(seed: int, step: int, shape: tuple[int, int]) -> Floats:
    """The latents of one training step: float32 of `shape` (B, latent_size), from N(0, 1)."""
    return random.stream(seed, "latents", step).standard_normal(shape, np.float32)


def to_unit(pictures: Tensor) -> Tensor:
    """Pictures of 0 to 255 as float32 in [−1, 1], the range of the generator's tanh."""
    return pictures.astype("float32") / 127.5 - 1.0


def _fits(images: Pixels) -> bool:
    """Whether the current device is a GPU with room for all the pictures."""
    if not paddle.get_device().startswith("gpu"):
        return False
    memory = paddle.device.cuda.get_device_properties().total_memory
    return bool(images.nbytes <= _SHARE * memory)
