"""Distances between real and generated images, one metric in each file.

The functions take images or features as arrays:

    real, fake: images, uint8 (N, H, W, C) with C 1 or 3 and H = W a power of two from 16; or
        features, numbers (N, D), of whatever network. Images are compared on 32 principal
        components of wavelet scattering, scaled to the real ones, as `lsgan evaluate` does.

They raise a `ValueError` for arrays of another shape, or of too few rows.
"""

import numpy as np

from lsgan.arrays import Doubles, Pixels
from lsgan.config.choices import look_up
from lsgan.features.extractors import PCA, ScatteringFeatures, StandardScaler
from lsgan.metrics.density_and_coverage import DensityCoverage
from lsgan.metrics.frechet_distance import FrechetDistance
from lsgan.metrics.kernel_distance import KernelDistance
from lsgan.metrics.metric import Metric, Monitor
from lsgan.metrics.precision_and_recall import PrecisionRecall
from lsgan.metrics.sliced_wasserstein_distance import SlicedWasserstein

METRICS: tuple[Metric, ...] = (
    FrechetDistance(),
    KernelDistance(),
    PrecisionRecall(),
    DensityCoverage(),
)
# What `evaluate.metric` may be.
BY_NAME: dict[str, Metric] = {name: metric for metric in METRICS for name in metric.names}
_FEWEST = 4


def metric_of(name: str) -> Metric:
    """The metric that computes the value called `name`, a value of `evaluate.metric`.

    Raises:
        ConfigError: if there is none.
    """
    return look_up("evaluate.metric", name, BY_NAME)


def monitor_of(name: str) -> Monitor:
    """How checkpoints are compared by the value called `name`, a value of `evaluate.metric`.

    Raises:
        ConfigError: if there is none.
    """
    metric = metric_of(name)
    return Monitor(name, metric.better, metric.noise)


def frechet(real: np.ndarray, fake: np.ndarray) -> float:
    """The Fréchet distance of two Gaussians (Heusel et al. 2017, arXiv 1706.08500); 0 is best.

    On the features of Inception it is the FID; on others it is none.
    """
    return FrechetDistance().measure(*_features(real, fake))[0]


def kid(real: np.ndarray, fake: np.ndarray) -> float:
    """The kernel distance (Bińkowski et al. 2018, arXiv 1801.01401), unbiased; about 0 is best."""
    return KernelDistance().measure(*_features(real, fake))[0]


def precision_recall(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Improved precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991), each 0 to 1."""
    precision, recall = PrecisionRecall().measure(*_features(real, fake))
    return precision, recall


def density_coverage(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Density, about 1 for equal sets, and coverage, 0 to 1 (Naeem et al. 2020, 2002.09797)."""
    density, coverage = DensityCoverage().measure(*_features(real, fake))
    return density, coverage


def sliced_wasserstein(real: np.ndarray, fake: np.ndarray) -> float:
    """The sliced Wasserstein distance on patches, times 1000 (Karras et al. 2018, 1710.10196).

    Args:
        real: images, as above.
        fake: as many.
    """
    reference, generated = _pixels(real), _pixels(fake)
    return SlicedWasserstein(reference).distance(generated)


def _features(real: np.ndarray, fake: np.ndarray) -> tuple[Doubles, Doubles]:
    if len(real) < _FEWEST or len(fake) < _FEWEST:
        raise ValueError(
            f"too few rows: {len(real)} and {len(fake)}, at least {_FEWEST} are needed"
        )
    if real.ndim == fake.ndim == 2:
        if real.shape[1] != fake.shape[1]:
            raise ValueError(f"features of {real.shape[1]} and of {fake.shape[1]} dimensions")
        return np.asarray(real, np.float64), np.asarray(fake, np.float64)
    reference, generated = _pixels(real), _pixels(fake)
    if reference.shape[1:] != generated.shape[1:]:
        raise ValueError(f"images of unlike shapes: {real.shape[1:]} and {fake.shape[1:]}")
    scaled = StandardScaler(ScatteringFeatures(*reference.shape[1:3]), reference)
    components = PCA(scaled)
    return components.reference, components(generated)


def _pixels(images: np.ndarray) -> Pixels:
    """Images (N, C, H, W) of images (N, H, W, C)."""
    shape = images.shape
    is_square = len(shape) == 4 and shape[1] == shape[2] and shape[3] in (1, 3)
    if not is_square or images.dtype != np.uint8 or shape[1] < 16 or shape[1] & (shape[1] - 1):
        raise ValueError(
            f"{images.dtype} {shape} are neither images, uint8 (N, H, W, C) with H = W a power of "
            "two from 16, nor features (N, D)"
        )
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
