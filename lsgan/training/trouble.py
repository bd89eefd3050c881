"""That a run goes wrong, as an exception: whoever finds it raises it, the loop answers."""

from typing import Literal

import numpy as np

from lsgan.errors import RunError
from lsgan.training.state import State

Kind = Literal["divergence", "discriminator won", "mode collapse", "early stopping"]


class TroubleError(RunError):
    """A run goes wrong.

    Args:
        kind: how.
        evidence: the numbers that show it, in words.
        is_lost: whether the state holds numbers that are not finite, so that it cannot go on.
    """

    def __init__(self, kind: Kind, evidence: str, is_lost: bool = False) -> None:
        super().__init__(evidence)
        self.kind = kind
        self.evidence = evidence
        self.is_lost = is_lost


def check_finite(state: State) -> None:
    """Refuse a state in which a weight or a number of an optimizer is not finite.

    Raises:
        TroubleError: naming the first such tensor.
    """
    for name, tensor in state.tensors().items():
        if not np.isfinite(tensor).all():
            raise TroubleError(
                "divergence", f"{name} is not finite after step {state.step}", is_lost=True
            )
