"""What a generator minimises beside its objective: the distance from the images it is to make."""

import paddle

from lsgan.arrays import Tensor
from lsgan.config import ObjectiveSection


class Reconstruction:
    """The weighted sum of distances between what was made and what it was to be.

    Args:
        settings: `l1`, the weight of the mean absolute difference (Isola et al. 2017, arXiv
            1611.07004, equation 3, have 100); `l2`, that of the mean squared one; `kl`, that of
            what a variational autoencoder pays for its latents.
    """

    def __init__(self, settings: ObjectiveSection) -> None:
        self._l1, self._l2, self._kl = settings.l1, settings.l2, settings.kl

    def of(self, made: Tensor, real: Tensor, cost: Tensor) -> Tensor:
        """The sum, a scalar.

        Args:
            made: float32 (B, …), of a pair the half that is made.
            real: the same of the data set, in the same order.
            cost: what the generator's `produce` gave with it.
        """
        # In mixed precision what is made may be short numbers.
        made, total = made.astype("float32"), paddle.zeros([])
        if self._l1:
            total += self._l1 * (made - real).abs().mean()
        if self._l2:
            total += self._l2 * (made - real).square().mean()
        if self._kl:
            total += self._kl * cost
        return total
