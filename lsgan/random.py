"""Random numbers as a function of (seed, stream, step).

Nothing is drawn from a generator that must be saved: whoever knows the seed, the stream's name
and the step gets the same numbers, in any process and in any order. A resumed run is therefore
the same run.
"""

import zlib

import numpy as np


def stream(seed: int, name: str, step: int = 0) -> np.random.Generator:
    """The random numbers of one stream at one step.

    A counter-based generator (Philox 4×64, Salmon et al. 2011) keyed by the seed and the stream's
    name, its counter placed by the step: 2¹²⁸ numbers lie between one step and the next.

    Args:
        seed: 0 ≤ seed < 2⁶⁴, the run's.
        name: what the numbers are for, such as "latents".
        step: 0 ≤ step < 2⁶⁴, the step, epoch or image they are for.
    """
    key = np.array([seed, zlib.crc32(name.encode())], np.uint64)
    counter = np.array([0, 0, step, 0], np.uint64)
    return np.random.Generator(np.random.Philox(counter=counter, key=key))
