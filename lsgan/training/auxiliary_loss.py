"""What a generator minimises beside its loss: the distance from the images it is to make."""

import paddle

from lsgan.arrays import Tensor
from lsgan.config import LossSection


class AuxiliaryLoss:
    """The weighted sum of distances between what was made and what it was to be.

    Args:
        settings: `l1_weight`, that of the mean absolute difference (Isola et al. 2017, arXiv
            1611.07004, equation 3, have 100); `l2_weight`, that of the mean squared one;
            `kl_weight`, that of the divergence of a variational autoencoder's latents from N(0, 1).
    """

    def __init__(self, settings: LossSection) -> None:
        self._l1, self._l2, self._kl = settings.l1_weight, settings.l2_weight, settings.kl_weight

    def __call__(self, made: Tensor, real: Tensor, kl: Tensor) -> Tensor:
        """The sum, a scalar.

        Args:
            made: float32 (B, …), of a pair the half that is made.
            real: the same of the data set, in the same order.
            kl: the divergence that the generator's `forward_train` gave with it.
        """
        # In mixed precision what is made may be short numbers.
        made, total = made.astype("float32"), paddle.zeros([])
        if self._l1:
            total += self._l1 * (made - real).abs().mean()
        if self._l2:
            total += self._l2 * (made - real).square().mean()
        if self._kl:
            total += self._kl * kl
        return total
