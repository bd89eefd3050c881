"""Sets made from photographs, beside which the generated ones stand."""

import numpy as np
from PIL import Image


def blurred(photographs: np.ndarray, size: int) -> np.ndarray:
    """Photographs, uint8 (N, 3, H, W), shrunk to so many pixels and enlarged again."""
    full = photographs.shape[-1]
    whole = (Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in photographs)
    small = (image.resize((size, size)).resize((full, full)) for image in whole)
    return np.stack([np.asarray(image).transpose(2, 0, 1) for image in small])
