"""Differentiable augmentation of real and generated images alike.

The discriminator sees nothing but changed images, so that it cannot learn a small data set by
heart, and the generator's gradient passes through the change, so that it still learns the
unchanged ones (Zhao et al. 2020, arXiv 2006.10738). Colour and translation are the paper's;
cutout is there too but off, since its holes leak into the images.

Instance noise, which fades, is added last (Sønderby et al. 2017, arXiv 1610.04490): as long as both
kinds of images are noisy, none is so far from the other that the discriminator could be sure.
"""

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Floats, Tensor
from lsgan.config import AugmentSection
from lsgan.ops.cpu_arrays import as_array, use_kernels
from lsgan.ops.image_changes import recolor, shift

# What a step augments: real and generated images for D, generated ones for G.
PASSES = 3
_BRIGHTNESS, _SATURATION, _CONTRAST, _DOWN, _RIGHT, _HOLE_ROW, _HOLE_COLUMN, _NOISE = range(8)
# Up to this many images the discriminator needs all the augmentation there is; from there its
# share falls with the logarithm, to none at the second number.
_FEW, _MANY = 10_000, 1_000_000


def probability_for(count: int) -> float:
    """The share of images to augment, 0 to 1, when training on `count` photographs.

    The fewer there are, the sooner the discriminator knows them by heart: the paper gains a factor
    of four with a hundred images, a tenth with fifty thousand.
    """
    share = 1 - np.log(count / _FEW) / np.log(_MANY / _FEW)
    return float(np.clip(share, 0, 1))


class Augmentation:
    """Changes batches of images, each by its own draw.

    Args:
        settings: which changes, how large.
        count: photographs that are trained on, from which probability "auto" follows.

    Attributes:
        probability: the share of images that each kind of change is made to, 0 to 1.
        description: what is done, in words.
    """

    def __init__(self, settings: AugmentSection, count: int) -> None:
        self._settings = settings
        self.probability = (
            probability_for(count) if settings.probability == "auto" else settings.probability
        )
        kinds = {
            "color": settings.color,
            "translation": settings.translation > 0,
            "cutout": settings.cutout > 0,
        }
        named = " and ".join(name for name, used in kinds.items() if used)
        changes = named and self.probability > 0
        self.description = (
            f"{named} augmentation of {self.probability:.0%}" if changes else "no augmentation"
        )
        if settings.instance_noise:
            self.description += f", noise of {settings.instance_noise:g} at first"

    def draw(self, seed: int, step: int, batch_size: int) -> Floats:
        """What is done to each image in one training step: float32 (3, batch_size, 8).

        The first axis is for D's real images, D's generated ones and G's; the columns are
        brightness, saturation, contrast, the shift down and to the right, the hole's row and
        column, and the deviation of the noise.
        """
        numbers = random.stream(seed, "augmentation", step)
        shape = (PASSES, batch_size)
        uniform = numbers.random((*shape, 7), np.float32)
        applied = numbers.random((*shape, 3), np.float32) < self.probability
        kinds = self._settings.color, self._settings.translation > 0, self._settings.cutout > 0
        color, translation, cutout = np.moveaxis(applied & np.array(kinds), -1, 0)
        reach = self._settings.translation
        drawn = np.empty((*shape, _NOISE + 1), np.float32)
        drawn[..., _BRIGHTNESS] = np.where(color, uniform[..., 0] - 0.5, 0)
        drawn[..., _SATURATION] = np.where(color, 2 * uniform[..., 1], 1)
        drawn[..., _CONTRAST] = np.where(color, uniform[..., 2] + 0.5, 1)
        for column in (_DOWN, _RIGHT):
            drawn[..., column] = np.where(translation, (2 * uniform[..., column] - 1) * reach, 0)
        for column in (_HOLE_ROW, _HOLE_COLUMN):
            # A hole at −9 is nowhere in the image.
            drawn[..., column] = np.where(cutout, uniform[..., column], -9)
        left = 1 - step * batch_size / self._settings.instance_noise_images
        drawn[..., _NOISE] = self._settings.instance_noise * max(left, 0)
        return drawn

    def apply(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Change each image as drawn; gradients pass through.

        Args:
            images: float32 (B, channels, size, size) in [−1, 1].
            drawn: float32 (B, 8), one of the three parts of what `draw` gave.
        """
        if self.probability > 0 and self._settings.color:
            images = _recolored(images, drawn)
        if self.probability > 0 and self._settings.translation > 0:
            images = _shifted(images, drawn)
        if self.probability > 0 and self._settings.cutout > 0:
            images = _cut_out(images, drawn, self._settings.cutout)
        if self._settings.instance_noise > 0:
            deviations = drawn[:, _NOISE].reshape([-1, *[1] * (images.ndim - 1)])
            images = images + deviations * paddle.randn(images.shape)
        return images


def _recolored(images: Tensor, drawn: Tensor) -> Tensor:
    """The paper's three changes in one product.

    Brightness is added, saturation scaled about each pixel's grey, contrast about the image's
    mean: a matrix over the channels for each image, and a constant.
    """
    channels = images.shape[1]
    grey: Tensor | Floats
    if use_kernels(images):
        drawn = as_array(drawn)
        grey = np.full((1, channels, channels), 1 / channels, np.float32)
        colors = np.eye(channels, dtype=np.float32) - grey
    else:
        grey = paddle.full([1, channels, channels], 1 / channels)
        colors = paddle.eye(channels).unsqueeze(0) - grey
    brightness, saturation, contrast = (drawn[:, place].reshape([-1, 1, 1]) for place in range(3))
    return recolor(images, contrast * (saturation * colors + grey), 1 - contrast, brightness)


def _shifted(images: Tensor, drawn: Tensor) -> Tensor:
    """Each image moved by whole pixels, black (0, the middle of the range) where nothing was."""
    if use_kernels(images):
        drawn = as_array(drawn)
    down, right = ((drawn[:, place] * images.shape[-1]).round() for place in (_DOWN, _RIGHT))
    return shift(images, down, right)


def _cut_out(images: Tensor, drawn: Tensor, share: float) -> Tensor:
    """Each image with a square hole, `share` of the image wide."""
    size = images.shape[-1]
    place = (paddle.arange(size, dtype="float32") + 0.5).reshape([1, -1]) / size
    rows, columns = (
        ((place - drawn[:, center : center + 1]).abs() < share / 2).astype("float32")
        for center in (_HOLE_ROW, _HOLE_COLUMN)
    )
    return images * (1 - rows.reshape([-1, 1, size, 1]) * columns.reshape([-1, 1, 1, size]))
