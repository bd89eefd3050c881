"""How both sides of a comparison compute: "float32", "tf32+cuda-graph" and the like."""

from typing import NamedTuple

# "auto" is what lsgan chooses on the machine at hand.
PRECISIONS = ("auto", "float32", "tf32", "bfloat16")
CHANNELS_LAST, CUDA_GRAPH = "channels-last", "cuda-graph"
# By what share the losses of the first step, and of two more, may differ in each precision. The
# first step of Adam moves every weight by the sign of its gradient, however small, so that rounding
# grows: from the same weights PyTorch itself comes to 2.036 in float32 and to 2.020 in float64 at
# the third step.
TOLERANCES = {
    "auto": (5e-2, 2e-1, 4e-1),
    "float32": (5e-3, 5e-2, 1e-1),
    "tf32": (2e-2, 1e-1, 2e-1),
    "bfloat16": (5e-2, 2e-1, 4e-1),
}


class Mode(NamedTuple):
    """A precision, and whether maps have their channels last and steps are CUDA graphs."""

    precision: str = "float32"
    channels_last: bool = False
    cuda_graph: bool = False

    @classmethod
    def of(cls, words: str) -> "Mode":
        precision, *rest = words.split("+")
        if precision not in PRECISIONS or set(rest) - {CHANNELS_LAST, CUDA_GRAPH}:
            raise SystemExit(
                f"there is no mode {words!r}: give one of {', '.join(PRECISIONS)}, "
                f"and after it +{CHANNELS_LAST} or +{CUDA_GRAPH} if you like"
            )
        return cls(precision, CHANNELS_LAST in rest, CUDA_GRAPH in rest)

    @property
    def settings(self) -> list[str]:
        """Those of lsgan's configuration."""
        return [
            f"train.precision={self.precision}",
            f"train.channels_last={str(self.channels_last).lower()}",
            f"train.cuda_graph={str(self.cuda_graph).lower()}",
        ]
