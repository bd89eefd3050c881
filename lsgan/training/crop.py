"""Random windows of images, enlarged to the images' size again."""

import paddle

from lsgan.arrays import Tensor


class Crop:
    """Cuts a window out of each image of a batch.

    Args:
        share: of the width and of the height that a window has; 1 leaves images as they are.
    """

    def __init__(self, share: float) -> None:
        self._share = share

    def apply(self, images: Tensor, places: Tensor) -> Tensor:
        """A window of each image, enlarged to the image's size.

        Interpolated between the two nearest rows and columns: a product with a matrix on either
        side, exact, and fast on every device.

        Args:
            images: float32 (B, channels, size, size).
            places: where the windows lie, float32 (B, 2), from 0, at the top and the left, to 1.
        """
        if self._share == 1:
            return images
        size = images.shape[-1]
        pixel = paddle.arange(size, dtype="float32").reshape([1, 1, -1])
        # Of pixel i of the new image the middle is that of the old at (i + ½)·share.
        middle = (pixel.reshape([1, -1, 1]) + 0.5) * self._share - 0.5
        room = (1 - self._share) * size
        weights = []
        for axis in range(2):
            where = (middle + room * places[:, axis].reshape([-1, 1, 1])).clip(0, size - 1)
            weights.append((1 - (where - pixel).abs()).clip(0))
        rows, columns = (weight.unsqueeze(1) for weight in weights)
        return paddle.matmul(paddle.matmul(rows, images), columns.transpose([0, 1, 3, 2]))
