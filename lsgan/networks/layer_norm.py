"""Layer norm of pictures whose derivative can itself be differentiated."""

from paddle import nn
from paddle.nn import functional

from lsgan.arrays import Tensor


class LayerNorm(nn.Layer):
    """Each picture by itself to mean 0 and variance 1 over its channels and pixels.

    Ba et al. 2016, arXiv 1607.06450, without learned scales and shifts: the next convolution has
    scales, the one before has shifts. As an instance norm of one channel, since Paddle's layer norm
    has no second derivative, which a gradient penalty takes.
    """

    def forward(self, pictures: Tensor) -> Tensor:
        """The normalised pictures, of the same shape."""
        count, channels, height, width = pictures.shape
        single = pictures.reshape([count, 1, channels * height, width])
        return functional.instance_norm(single).reshape([count, channels, height, width])
