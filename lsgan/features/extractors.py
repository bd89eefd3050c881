"""Features of images: the numbers between which the metrics measure distances.

The metrics know a feature network only by its name, which is printed with every metric, and by its
features. Here is the one that needs no weights file; the Inception network of the published FID is
in `lsgan.features.inception`.
"""

from typing import Protocol

import numpy as np

from lsgan.arrays import Doubles, Floats, Pixels, Samples
from lsgan.system.threads import each, shares

# So many images at a time, and so many pixels of their maps: the windows around those stay in the
# processor's cache.
_IMAGES, _PIXELS = 32, 1 << 13
_ORIENTATIONS = 4
_WAVELET = 7
_WAVELET_DEVIATION = 1.2
_GRID = 2
_COLOR_GRID = 4
# The binomial approximation of a Gaussian that Burt and Adelson (1983) build pyramids with.
_BINOMIAL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
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
# A component that varies less than this share of the largest one counts as varying so much: of
# curves from one family all but one are rounding.
_LEAST_SHARE = 0.01
# A deviation below this is none: that of one image, of its copies, of black ones. Features of
# such a reference keep their own scale, as a distance in units of rounding would tell nothing.
_NONE = 1e-6


class Features(Protocol):
    """What the metrics ask of a feature network.

    Attributes:
        name: printed with every metric that is computed on them.
        dimensions: how many numbers it gives for an image.
    """

    name: str
    dimensions: int

    def __call__(self, samples: Samples, /) -> Floats:
        """Features, float32 (N, dimensions), of samples (N, …), as uint8 images are."""
        ...


class ScatteringFeatures:
    """A wavelet scattering network: fixed filters, nothing trained, no weights file.

    Bruna and Mallat 2013 (arXiv 1203.1513). Every halving of an image is convolved with complex
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
        size: height and width of the images, a power of two from 16.
    """

    name = "wavelet scattering"

    def __init__(self, channels: int, size: int) -> None:
        self._levels = size.bit_length() - 3
        self._wavelets = _wavelets()
        second = _ORIENTATIONS**2 * self._levels * (self._levels - 1) // 2
        first = channels * _ORIENTATIONS * self._levels
        self.dimensions = channels * _COLOR_GRID**2 + (first + second) * _GRID**2

    def __call__(self, images: Pixels) -> Floats:
        """Features, float32 (N, dimensions), of images, uint8 (N, channels, size, size)."""
        found = np.empty((len(images), self.dimensions), np.float32)

        def part(some: slice) -> None:
            found[some] = self._of(np.asarray(images[some], np.float32) / 127.5 - 1)

        each(part, shares(len(images), _IMAGES))
        return found

    def _of(self, images: Floats) -> Floats:
        if images.shape[1] == 3:
            # Brightness first, then the two differences of colour.
            flat = images.reshape(len(images), 3, -1)
            images = np.matmul(_OPPONENT, flat).reshape(images.shape)
        found = [_averages(images, _COLOR_GRID)]
        for level in range(self._levels):
            moduli = self._moduli(images)
            found.append(_log_energy(moduli))
            brightness = moduli[:, :_ORIENTATIONS]
            for _ in range(level + 1, self._levels):
                brightness = _halved(brightness)
                found.append(_log_energy(self._moduli(brightness)))
            images = _halved(images)
        return np.concatenate(found, 1)

    def _moduli(self, maps: Floats) -> Floats:
        """How much each of (N, C, H, W) resembles each wavelet, where: (N, 4·C, H, W)."""
        count, channels, height, width = maps.shape
        padded = _mirrored(maps, _WAVELET // 2).reshape(count * channels, height + _WAVELET - 1, -1)
        moduli = np.empty((count * channels, _ORIENTATIONS, height * width), np.float32)
        for some in shares(count * channels, max(1, _PIXELS // (height * width))):
            part = padded[some]
            shape = len(part), height, width
            by_tap = np.lib.stride_tricks.sliding_window_view(part, shape)[0]
            windows = by_tap.transpose(2, 0, 1, 3, 4).reshape(len(part), _WAVELET**2, -1)
            found = np.matmul(self._wavelets, windows)
            found *= found
            np.add(found[:, ::2], found[:, 1::2], out=moduli[some])
        np.sqrt(moduli, out=moduli)
        return moduli.reshape(count, channels * _ORIENTATIONS, height, width)


def _halved(maps: Floats) -> Floats:
    """Maps at half the size, smoothed first: (N, C, H/2, W/2) of (N, C, H, W)."""
    padded, length = _mirrored(maps, len(_BINOMIAL) // 2), maps.shape[2]
    ends = [slice(at, at + length, 2) for at in range(len(_BINOMIAL))]
    rows = _weighted([padded[:, :, end] for end in ends])
    return _weighted([rows[..., end] for end in ends])


def _weighted(taps: list[Floats]) -> Floats:
    """The sum of five arrays of one shape, each with its binomial weight."""
    total = np.zeros(taps[0].shape, np.float32)
    for weight, tap in zip(_BINOMIAL, taps, strict=True):
        total += weight * tap
    return total


def _mirrored(maps: Floats, margin: int) -> Floats:
    """Maps with a margin in which they go on mirrored, the outermost pixels not repeated."""
    return np.pad(maps, ((0, 0), (0, 0), (margin, margin), (margin, margin)), mode="reflect")


def _averages(maps: Floats, grid: int) -> Floats:
    """The averages over a grid × grid of fields: (N, C·grid²) of (N, C, H, W)."""
    count, channels, height, width = maps.shape
    fields = maps.reshape(count, channels, grid, height // grid, grid, width // grid)
    averages: Floats = fields.mean((3, 5)).reshape(count, -1)
    return averages


def _log_energy(moduli: Floats) -> Floats:
    """The logarithms of the averages over a 2×2 grid."""
    log_energy: Floats = np.log(_averages(moduli, _GRID) + np.float32(_SILENCE))
    return log_energy


def _wavelets() -> Floats:
    """Morlet wavelets of a period of 4 pixels, cosine and sine by turns: float32 (8, 49)."""
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
    return np.stack(found).reshape(len(found), -1).astype(np.float32)


class Values:
    """The numbers of a curve as they are."""

    name = "values"

    def __init__(self, points: int) -> None:
        self.dimensions = points

    def __call__(self, curves: Floats) -> Floats:
        """Features, float32 (N, points), of curves, float32 (N, points)."""
        return curves


class StandardScaler:
    """Features on the scale of a reference: each of mean 0 and deviation 1 over its images.

    Those of images that do not differ have mean 0 alone.

    A network's features have scales of their own, and without this the loudest few decide.

    Args:
        features: the network.
        reference: samples (N, …), N at least 1.

    Attributes:
        name: the network's.
        reference: the reference's features, float64 (N, dimensions).
    """

    def __init__(self, features: Features, reference: Samples) -> None:
        self.name = features.name
        self._features = features
        found = features(reference).astype(np.float64)
        self._mean: Doubles = found.mean(0)
        deviation: Doubles = found.std(0)
        usual = float(np.median(deviation))
        least = _LEAST_DEVIATION * usual if usual > _NONE else 1.0
        self._deviation: Doubles = np.maximum(deviation, least)
        self.reference = self._scaled(found)

    def __call__(self, samples: Samples) -> Doubles:
        """Features, float64 (N, dimensions), of samples (N, …)."""
        return self._scaled(self._features(samples).astype(np.float64))

    def _scaled(self, found: Doubles) -> Doubles:
        scaled: Doubles = (found - self._mean) / self._deviation
        return scaled


class PCA:
    """The leading principal components of standard features, each of deviation 1.

    What varies together among photographs counts once, and a distribution in 32 dimensions can be
    estimated from a hundred photographs, which it cannot in hundreds of dimensions. Of a reference
    whose images do not differ, all features are taken alike.

    Args:
        standard: features on the scale of a reference, whose components are taken.

    Attributes:
        name: the network's, and how many components.
        dimensions: 32, or fewer where the reference has fewer photographs, or those that differ.
        reference: the reference's components, float64 (N, dimensions).
    """

    def __init__(self, standard: StandardScaler) -> None:
        self._standard = standard
        known = standard.reference
        directions = np.linalg.svd(known, full_matrices=False)[2]
        self.dimensions = min(_COMPONENTS, max(1, len(known) - 1), len(directions))
        chosen: Doubles = directions[: self.dimensions].T
        deviation: Doubles = (known @ chosen).std(0)
        least = _LEAST_SHARE * float(np.max(deviation))
        if least > _NONE:
            self._projection: Doubles = chosen / np.maximum(deviation, least)
        else:
            self.dimensions = known.shape[1]
            self._projection = np.eye(self.dimensions) / np.sqrt(self.dimensions)
        self.reference: Doubles = known @ self._projection
        self.name = f"{standard.name}, {self.dimensions} components"

    def __call__(self, samples: Samples) -> Doubles:
        """Components, float64 (N, dimensions), of samples (N, …)."""
        found: Doubles = self._standard(samples) @ self._projection
        return found
