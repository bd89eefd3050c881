"""The gradient penalty that keeps the norm of a Wasserstein critic's gradient near 1."""

import paddle

from lsgan.arrays import Layer, Tensor
from lsgan.networks.parameters import trainable

_LEAST = 1e-12


class GradientPenalty:
    """How far the norm of the discriminator's gradient is from 1 between real and generated images.

    Gulrajani et al. 2017, arXiv 1704.00028, equation 3: weight·E[(‖∇D(x̂)‖ − 1)²], where x̂ lies
    evenly on the line from a real image to a generated one.

    Args:
        weight: the paper's λ, 10 there; 0 for no penalty.
    """

    def __init__(self, weight: float) -> None:
        self._weight = weight

    def __call__(
        self,
        discriminator: Layer,
        real: Tensor,
        fake: Tensor,
        alpha: Tensor,
        classes: Tensor | None = None,
    ) -> Tensor | float:
        """The penalty, a scalar whose gradient by the discriminator's weights can be taken.

        Args:
            discriminator: gives each image a score by itself, it has no batch norm; where it
                scores patches, an image's score is their mean, as in the loss.
            real: float32 (B, …).
            fake: the same of generated images.
            alpha: how much of the real one is in each x̂, float32 (B,) in [0, 1].
            classes: of both, one-hot, float32 (B, classes); None without classes.
        """
        if self._weight == 0:
            return 0.0
        # In mixed precision they may be short numbers, too short for squares of gradients.
        real, fake = real.astype("float32"), fake.astype("float32")
        shares = alpha.reshape([-1, *[1] * (real.ndim - 1)]).expand_as(real)
        between = (fake + shares * (real - fake)).detach()
        between.stop_gradient = False
        # Of layers of Python's own Paddle takes the gradient by all that varies, or none.
        inputs = [between, *trainable(discriminator).values()]
        scores = discriminator(between, classes).reshape([len(real), -1]).mean(1)
        gradients = paddle.grad(scores.sum(), inputs, create_graph=True, allow_unused=True)[0]
        squares = gradients.square().sum(list(range(1, real.ndim)))
        # The square root has no derivative at 0.
        return self._weight * ((squares + _LEAST).sqrt() - 1).square().mean()
