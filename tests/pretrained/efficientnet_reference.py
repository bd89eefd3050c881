"""Makes efficientnet_reference.json: feature maps that efficientnet_lite_pytorch gives.

    pip install torch efficientnet_lite_pytorch
    python -m tests.pretrained.efficientnet_reference

The weights are random numbers that `random_weights` draws for both implementations.
"""

import json
import math
from pathlib import Path

import numpy as np

from lsgan import random
from lsgan.pretrained.networks import EFFICIENTNET_LITE0, Network

RECORDED = Path(__file__).with_name("efficientnet_reference.json")
# Heights and widths; with the last one some maps have an odd number of rows, 75, 19, 5 and 3.
SIZES = (64, 96, 75)
# Every 61st number of a map is kept.
EVERY = 61
# The last blocks of the four resolutions.
_TAPPED = (2, 4, 10, 15)


def random_weights(network: Network) -> dict[str, np.ndarray]:
    """Weights under published names with which activations keep their size through the layers."""
    weights = {}
    for shape, layer, norm in network.convolutions.values():
        numbers = random.stream(0, layer)
        scale = math.sqrt(2 / math.prod(shape[1:]))
        channels = shape[0]
        weights |= {
            f"{layer}.weight": scale * numbers.standard_normal(shape, np.float32),
            f"{norm}.weight": 1 + numbers.standard_normal(channels, np.float32) / 10,
            f"{norm}.bias": numbers.standard_normal(channels, np.float32) / 10,
            f"{norm}.running_mean": numbers.standard_normal(channels, np.float32) / 10,
            f"{norm}.running_var": 0.5 + numbers.random(channels, np.float32),
        }
    return {key: value.astype(np.float32) for key, value in weights.items()}


def images() -> list[np.ndarray]:
    """Two images in [−1, 1] of each size, float32 (2, 3, size, size)."""
    return [
        random.stream(0, f"images of {size}").uniform(-1, 1, (2, 3, size, size)).astype(np.float32)
        for size in SIZES
    ]


def reference_maps(weights: dict[str, np.ndarray]) -> list[list[np.ndarray]]:
    """What efficientnet_lite_pytorch makes of the images: four maps each."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    # By default it pads as images of 224 need it, whose maps have an even number of rows wherever
    # a layer halves them; without a size it pads as each map needs it.
    network = EfficientNet.from_name("efficientnet-lite0", image_size=None)
    own = network.state_dict()
    given = {key: torch.from_numpy(value) for key, value in weights.items()}
    head = {key for key in own if key.startswith(("_conv_head.", "_bn1.", "_fc."))}
    counters = {key for key in own if key.endswith("num_batches_tracked")}
    assert own.keys() - given.keys() == head | counters
    network.load_state_dict(given, strict=False)
    network.eval()
    found = []
    with torch.no_grad():
        for batch in images():
            maps = network._swish(network._bn0(network._conv_stem(torch.from_numpy(batch))))
            kept = []
            for number, block in enumerate(network._blocks):
                maps = block(maps)
                if number in _TAPPED:
                    kept.append(maps.numpy())
            found.append(kept)
    return found


if __name__ == "__main__":
    rows = [
        [[round(float(x), 6) for x in maps.ravel()[::EVERY]] for maps in kept]
        for kept in reference_maps(random_weights(EFFICIENTNET_LITE0))
    ]
    RECORDED.write_text(json.dumps(rows) + "\n", encoding="utf-8")
