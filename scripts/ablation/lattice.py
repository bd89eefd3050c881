"""How much of a lattice generated images show.

    python scripts/ablation/lattice.py PACK CHECKPOINT...

Layers that double images can leave a pattern that repeats every 2, 4 or 8 pixels. It stands out of
the images' spectrum as peaks at these periods. Printed is the power of rows and columns there as a
multiple of that at the periods beside: 1 is no lattice; photographs have their own figure, since
JPEG leaves one too. 2,048 images of the averaged generator, or of the pack.
"""

import sys
from pathlib import Path

from lsgan.system import runtime

runtime.start("cpu")

import numpy as np  # noqa: E402

from lsgan.data.pack import open_pack  # noqa: E402
from lsgan.inference.sampling import open_generator  # noqa: E402

COUNT = 2048
PERIODS = (2, 4, 8)


def peaks(images: np.ndarray) -> list[float]:
    """The peak at each of the periods, of images uint8 (N, channels, size, size)."""
    grey = images.mean(1)
    grey = grey - grey.mean((1, 2), keepdims=True)
    # A window, or the edges of each image would stand in the spectrum too.
    size = grey.shape[1]
    window = np.hanning(size)
    power = (np.abs(np.fft.fft2(grey * np.outer(window, window))) ** 2).mean(0)
    found = []
    for period in PERIODS:
        place = size // period
        beside = [place - 3, place - 2, place + 2, place + 3]
        ratios = [
            line[place] / np.exp(np.log(line[np.array(beside) % size]).mean())
            for line in (power.mean(0), power.mean(1))
        ]
        found.append(float(np.mean(ratios)))
    return found


def main(pack: str, *checkpoints: str) -> None:
    """Print a line for the photographs and one for each checkpoint."""
    print(f"{'images':<60}" + "".join(f"{f'period {period}':>12}" for period in PERIODS))
    images = open_pack(Path(pack)).images
    some = np.linspace(0, len(images) - 1, min(COUNT, len(images))).astype(int)
    sets = {"photographs": images[some]}
    for path in checkpoints:
        generator = open_generator(Path(path))
        sets[path[-58:]] = generator.render(generator.latents(range(COUNT)))
    for name, shown in sets.items():
        print(f"{name:<60}" + "".join(f"{peak:>12.2f}" for peak in peaks(shown)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
