"""Smooth random fields, and the few curves the renderer needs, in exactly rounded arithmetic.

Only `+ - * /`, square roots, comparisons and look-ups are used: IEEE 754 rounds these alike on
every processor, whereas `exp`, `sin` and `pow` differ in the last bit between platforms.
"""

from typing import Any

import numpy as np

# Single precision everywhere; numpy's stubs call its products with Python numbers "floating".
Array = np.ndarray[Any, np.dtype[np.floating[Any]]]

_PERIOD = 64


def clamp(x: Array) -> Array:
    """`x` limited to [0, 1]."""
    limited: Array = np.minimum(np.maximum(x, np.float32(0)), np.float32(1))
    return limited


def step(x: Array, low: float, high: float) -> Array:
    """0 where `x` is below `low`, 1 above `high`, smooth between; falls when `high` < `low`."""
    t = clamp((x - low) / (high - low))
    return t * t * (3 - 2 * t)


def mix(a: Any, b: Any, t: Any) -> Any:
    """`a` where `t` is 0, `b` where it is 1."""
    return a + (b - a) * t


def growth(x: Array) -> Array:
    """About exp(x) for 0 ≤ x < 5: (1 + x/64)⁶⁴ by six squarings."""
    power = 1 + x / 64
    for _ in range(6):
        power = power * power
    return power


def _taps(position: Array) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Array]:
    """Four lattice indices and their Catmull-Rom weights for each position, both (4, n)."""
    cell = np.floor(position)
    t = position - cell
    weights = np.stack(
        [
            0.5 * t * (t * (2 - t) - 1),
            0.5 * (t * t * (3 * t - 5) + 2),
            0.5 * t * (t * (4 - 3 * t) + 1),
            0.5 * t * t * (t - 1),
        ]
    )
    return (cell.astype(np.int64) + np.arange(-1, 3)[:, None]) % _PERIOD, weights


def _blend(rows: Array, indices: np.ndarray[Any, np.dtype[np.int64]], weights: Array) -> Array:
    """Rows (n, W), each the weighted sum of the four rows named in its column of `indices`."""
    total: Array = rows.take(indices[0], axis=0) * weights[0][:, None]
    part = np.empty_like(total)
    for tap in range(1, 4):
        # One buffer for all taps, since fresh memory costs more than the arithmetic.
        rows.take(indices[tap], axis=0, out=part, mode="wrap")
        part *= weights[tap][:, None]
        total += part
    return total


def noise(rng: np.random.Generator, x: Array, y: Array) -> Array:
    """A smooth random field over the grid of `x` (W,) and `y` (H,), in cells: about [-1, 1]."""
    lattice = (rng.random((_PERIOD, _PERIOD)) * 2 - 1).astype(np.float32)
    columns, across = _taps(x)
    rows, along = _taps(y)
    strips = np.ascontiguousarray(_blend(lattice, columns, across).T)
    return _blend(strips, rows, along)


def fractal(rng: np.random.Generator, x: Array, y: Array, octaves: int, gain: float = 0.5) -> Array:
    """Octaves of `noise`, each twice as fine and `gain` times as strong: about [-1, 1]."""
    total = noise(rng, x, y)
    strength = gain
    for octave in range(1, octaves):
        total = total + strength * noise(rng, x * 2.0**octave, y * 2.0**octave)
        strength *= gain
    return total


def ridged(rng: np.random.Generator, x: Array, y: Array, octaves: int) -> Array:
    """A field (H, W) in [0, 1] with sharp crests, rougher near them (Musgrave's multifractal)."""
    total: Any = 0.0
    weight: Any = 1.0
    strength, norm = 1.0, 0.0
    for octave in range(octaves):
        crest = 1 - np.abs(noise(rng, x * 2.0**octave, y * 2.0**octave))
        crest = np.maximum(crest, np.float32(0)) * crest
        total = total + strength * crest * weight
        norm += strength
        weight = clamp(crest * 1.6)
        strength *= 0.5
    field: Array = total / norm
    return field


def sample(field: Array, x: Array, y: Array) -> Array:
    """The periodic `field` (N, N) read bilinearly at `x`, `y`, arrays of one shape, in cells."""
    size = field.shape[0]
    left, top = np.floor(x), np.floor(y)
    right, down = x - left, y - top
    i, j = left.astype(np.int64) % size, top.astype(np.int64) % size
    k, m = (i + 1) % size, (j + 1) % size
    flat = field.ravel()
    upper = mix(flat.take(j * size + i), flat.take(j * size + k), right)
    lower = mix(flat.take(m * size + i), flat.take(m * size + k), right)
    read: Array = mix(upper, lower, down)
    return read
