"""Features of pictures: the numbers between which the metrics measure distances.

The metrics know a feature network only by its name, which stands in every figure, and by what it
gives. Here is the one that needs no weights file; the Inception network of the published FID is
in `lsgan.evaluation.inception`.
"""

from typing import Protocol

import numpy as np
import paddle
from paddle.nn import functional as F

from lsgan.arrays import Doubles, Floats, Pixels, Tensor

_BATCH = 64
_ORIENTATIONS = 4
_WAVELET = 7
_WAVELET_DEVIATION = 1.2
_GRID = 2
_COLOR_GRID = 4
# The binomial approximation of a Gaussian that Burt and Adelson (1983) build pyramids with.
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
# Brightness and two differences of colour, as in JPEG (ITU-R BT.601).
_OPPONENT = np.array(
    [[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32
)
# A feature that hardly varies among photographs counts as varying by this share of the median:
# the rounding of one that does not vary would decide.
_LEAST_DEVIATION = 0.3
# Added to what the logarithm is taken of: fainter structure than this is none.
_SILENCE = 0.01
_COMPONENTS = 32


class Features(Protocol):
    """What the metrics ask of a feature network.

    Attributes:
        name: what stands in every figure that was measured with it.
        dimensions: how many numbers it gives for a picture.
    """

    name: str
    dimensions: int

    def __call__(self, pictures: Pixels) -> Floats:
        """Features, float32 (N, dimensions), of pictures, uint8 (N, channels, size, size)."""
        ...


class ScatteringFeatures:
    """A wavelet scattering network: fixed filters, nothing trained, no weights file.

    Bruna and Mallat 2013 (arXiv 1203.1513). Every halving of a picture is convolved with complex
    wavelets of four orientations; the moduli tell how much structure of that size and direction
    is where. The moduli of the brightness are halved and convolved again, which tells how that
    structure is itself arranged: in patches, in lines, or all over, as in a photograph. Averages
    over a 2×2 grid, since the sky is above, and the colours over a 4×4 grid, are the features.

    Of the moduli the logarithms are taken, so that a tenth more counts the same in a dark forest
    and in snow. They know textures, edges and colours, and no objects; a distance on them is no
    FID. They were chosen over random convolutions, as Naeem et al. 2020 (arXiv 2002.09797) use
    them, by measurement: scripts/ablation/README.md.

    Args:
        channels: 1 or 3.
        size: height and width of the pictures, a power of two from 16.
    """

    name = "wavelet scattering"

    def __init__(self, channels: int, size: int) -> None:
        self._levels = size.bit_length() - 3
        self._wavelets = paddle.to_tensor(_wavelets())
        self._binomial = paddle.to_tensor(np.outer(_BINOMIAL, _BINOMIAL)[None, None])
        second = _ORIENTATIONS**2 * self._levels * (self._levels - 1) // 2
        first = channels * _ORIENTATIONS * self._levels
        self.dimensions = channels * _COLOR_GRID**2 + (first + second) * _GRID**2

    def __call__(self, pictures: Pixels) -> Floats:
        """Features, float32 (N, dimensions), of pictures, uint8 (N, channels, size, size)."""
        found = []
        with paddle.no_grad():
            for start in range(0, len(pictures), _BATCH):
                part = paddle.to_tensor(np.ascontiguousarray(pictures[start : start + _BATCH]))
                found.append(self._of(part.astype("float32") / 127.5 - 1.0).numpy())
        return np.concatenate(found)

    def _of(self, pictures: Tensor) -> Tensor:
        if pictures.shape[1] == 3:
            # Brightness first, then the two differences of colour.
            count, _, height, width = pictures.shape
            flat = paddle.matmul(paddle.to_tensor(_OPPONENT), pictures.flatten(2))
            pictures = flat.reshape([count, 3, height, width])
        found = [F.adaptive_avg_pool2d(pictures, _COLOR_GRID).flatten(1)]
        for level in range(self._levels):
            moduli = self._moduli(pictures)
            found.append(self._pooled(moduli))
            brightness = moduli[:, :_ORIENTATIONS]
            for _ in range(level + 1, self._levels):
                brightness = self._halved(brightness)
                found.append(self._pooled(self._moduli(brightness)))
            pictures = self._halved(pictures)
        return paddle.concat(found, 1)

    @staticmethod
    def _pooled(moduli: Tensor) -> Tensor:
        return (F.adaptive_avg_pool2d(moduli, _GRID).flatten(1) + _SILENCE).log()

    def _moduli(self, maps: Tensor) -> Tensor:
        """How much each of (N, C, H, W) resembles each wavelet, where: (N, 4·C, H, W)."""
        count, channels, height, width = maps.shape
        found = self._convolved(maps, self._wavelets, _WAVELET // 2, 1)
        parts = found.reshape([count, channels * _ORIENTATIONS, 2, height, width])
        return parts.square().sum(2).sqrt()

    def _halved(self, maps: Tensor) -> Tensor:
        """Maps at half the size, smoothed first: (N, C, H/2, W/2) of (N, C, H, W)."""
        count, channels, height, width = maps.shape
        found = self._convolved(maps, self._binomial, len(_BINOMIAL) // 2, 2)
        return found.reshape([count, channels, height // 2, width // 2])

    @staticmethod
    def _convolved(maps: Tensor, filters: Tensor, margin: int, stride: int) -> Tensor:
        """Each map by itself with every filter, mirrored at its edges."""
        apart = maps.reshape([-1, 1, *maps.shape[2:]])
        return F.conv2d(F.pad(apart, [margin] * 4, mode="reflect"), filters, stride=stride)


def _wavelets() -> Floats:
    """Morlet wavelets of a period of 4 pixels, cosine and sine: float32 (8, 1, 7, 7)."""
    place = np.arange(_WAVELET) - _WAVELET // 2
    envelope = np.exp(-(place[:, None] ** 2 + place**2) / (2 * _WAVELET_DEVIATION**2))
    found = []
    for turn in range(_ORIENTATIONS):
        angle = np.pi * turn / _ORIENTATIONS
        along = np.cos(angle) * place + np.sin(angle) * place[:, None]
        for wave in (np.cos, np.sin):
            wavelet = envelope * wave(np.pi / 2 * along)
            # No answer to an even surface.
            wavelet -= envelope * (wavelet.sum() / envelope.sum())
            found.append(wavelet / np.linalg.norm(wavelet))
    return np.stack(found)[:, None].astype(np.float32)


class Standard:
    """Features on the scale of a reference: each of mean 0 and deviation 1 over its pictures.

    A network's features have scales of their own, and without this the loudest few decide.

    Args:
        features: the network.
        reference: uint8 (N, channels, size, size), N at least 2.

    Attributes:
        name: the network's.
        reference: the reference's features, float64 (N, dimensions).
    """

    def __init__(self, features: Features, reference: Pixels) -> None:
        self.name = features.name
        self._features = features
        found = features(reference).astype(np.float64)
        self._mean: Doubles = found.mean(0)
        deviation: Doubles = found.std(0)
        least = max(_LEAST_DEVIATION * float(np.median(deviation)), 1e-6)
        self._deviation: Doubles = np.maximum(deviation, least)
        self.reference = self._scaled(found)

    def __call__(self, pictures: Pixels) -> Doubles:
        """Features, float64 (N, dimensions), of pictures, uint8 (N, channels, size, size)."""
        return self._scaled(self._features(pictures).astype(np.float64))

    def _scaled(self, found: Doubles) -> Doubles:
        scaled: Doubles = (found - self._mean) / self._deviation
        return scaled


class Leading:
    """The leading principal components of standard features, each of deviation 1.

    What varies together among photographs counts once, and a distribution in 32 dimensions can be
    estimated from a hundred photographs, which it cannot in hundreds of dimensions.

    Args:
        standard: features on the scale of a reference, whose components are taken.

    Attributes:
        name: the network's, and how many components.
        dimensions: 32, or fewer where the reference has fewer photographs.
        reference: the reference's components, float64 (N, dimensions).
    """

    def __init__(self, standard: Standard) -> None:
        self._standard = standard
        known = standard.reference
        directions = np.linalg.svd(known, full_matrices=False)[2]
        self.dimensions = min(_COMPONENTS, max(1, len(known) - 1), len(directions))
        chosen: Doubles = directions[: self.dimensions].T
        deviation: Doubles = (known @ chosen).std(0)
        self._projection: Doubles = chosen / np.maximum(deviation, 1e-6)
        self.reference: Doubles = known @ self._projection
        self.name = f"{standard.name}, {self.dimensions} components"

    def __call__(self, pictures: Pixels) -> Doubles:
        """Components, float64 (N, dimensions), of pictures, uint8 (N, channels, size, size)."""
        found: Doubles = self._standard(pictures) @ self._projection
        return found
