"""Makes inception_reference.json: features that torch-fidelity's Inception gives.

    pip install torch torch-fidelity
    python -m tests.features.inception_reference

The weights are random numbers that `random_weights` draws for both implementations.
"""

import json
import math
from pathlib import Path

import numpy as np

from lsgan import random

RECORDED = Path(__file__).with_name("inception_reference.json")
# Every sixteenth feature is kept.
EVERY = 16


def random_weights(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Weights with which activations keep their size through the layers."""
    weights = {}
    for key, shape in sorted(shapes.items()):
        numbers = random.stream(0, key)
        drawn = numbers.standard_normal(shape, np.float32)
        if key.endswith("conv.weight"):
            drawn *= math.sqrt(2 / math.prod(shape[1:]))
        elif key.endswith("running_var"):
            drawn = 0.5 + numbers.random(shape, np.float32)
        elif key.endswith("bn.weight"):
            drawn = 1 + drawn / 10
        else:
            drawn /= 10
        weights[key] = drawn.astype(np.float32)
    return weights


def images() -> list[np.ndarray]:
    """Two images to enlarge and one to shrink, each uint8 (1, 3, height, width)."""
    numbers = random.stream(0, "pictures")
    sizes = ((64, 64), (40, 72), (320, 320))
    coarse = [numbers.integers(0, 256, (1, 3, 8, 8), np.uint8) for _ in sizes]
    # In patches: the eye of an Inception sees little in noise.
    return [
        np.ascontiguousarray(image.repeat(height // 8, 2).repeat(width // 8, 3))
        for image, (height, width) in zip(coarse, sizes, strict=True)
    ]


def reference_features() -> list[np.ndarray]:
    """What torch-fidelity makes of the images, float32 (2048,) each."""
    import tempfile

    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    from lsgan.pretrained.inception import Inception

    shapes = {}
    for key, tensor in Inception().state_dict().items():
        stem, _, last = key.rpartition(".")
        last = {"_mean": "running_mean", "_variance": "running_var"}.get(last, last)
        shapes[f"{stem}.{last}"] = tuple(tensor.shape)
    weights = {key: torch.from_numpy(value) for key, value in random_weights(shapes).items()}
    counters = {
        key.replace("running_mean", "num_batches_tracked"): torch.tensor(0)
        for key in weights
        if key.endswith("running_mean")
    }
    classifier = {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        torch.save(weights | counters | classifier, file.name)
        network = FeatureExtractorInceptionV3(
            "random", ["2048"], feature_extractor_weights_path=file.name
        )
    network.eval()
    with torch.no_grad():
        return [network(torch.from_numpy(image))[0][0].numpy() for image in images()]


if __name__ == "__main__":
    from lsgan.system import runtime

    runtime.start("cpu")
    kept = [[round(float(x), 7) for x in row[::EVERY]] for row in reference_features()]
    RECORDED.write_text(json.dumps(kept) + "\n", encoding="utf-8")
