"""How a data set is packed, and what it may be packed from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from lsgan.data.decode import Layout
from lsgan.errors import DataError
from lsgan.system import runtime


class Defaults(NamedTuple):
    """What sources may hold: how it is packed unless asked otherwise, and what trains on it."""

    size: int
    channels: int
    config: str

    def training(self, size: int, channels: int) -> str:
        """The options with which `lsgan train` takes a data set of `size` and `channels`."""
        words = [f"--config {self.config}"]
        if size != self.size:
            words.append(f"--set model.size={size}")
        if channels != self.channels:
            words.append(f"--set model.channels={channels}")
        return " ".join(words)


_ORIGINS = {
    "photographs": Defaults(64, 3, "kanas.yaml"),
    "pairs": Defaults(128, 3, "pix2pix-facades.yaml"),
    "mnist": Defaults(32, 1, "dcgan-mnist.yaml"),
}
# What photographs of other sizes are trained by, and those of any of these where the weights of the
# frozen network are installed.
_LARGE = Defaults(128, 3, "kanas-128.yaml")
_PROJECTED = {
    64: Defaults(64, 3, "kanas-projected.yaml"),
    128: Defaults(128, 3, "kanas-projected-128.yaml"),
    256: Defaults(256, 3, "kanas-projected-256.yaml"),
}
_DIRECTIONS = get_args(Layout)[1:]


@dataclass(frozen=True)
class PrepareSettings:
    """How to pack.

    Attributes:
        size: width and height of a packed image in pixels: 32, 64, 128 or 256.
        channels: 3 for colour, 1 for grey.
        min_size: least width and least height of an upright image in pixels; None stands for
            `size`.
        keep_duplicates: keep copies too.
        workers: number of processes; None stands for one on each core.
        origin: what the sources hold: photographs, two images side by side in each file, or
            MNIST's files.
        direction: of pairs, from the side that a generator is given to the other: left-to-right or
            right-to-left.
        cluster: the address of a Dask scheduler whose workers decode; None for this machine's.
        shard_size: most images in a file; None for one file, whatever their number.

    Raises:
        DataError: if a value is out of its range.
    """

    size: int = 64
    channels: int = 3
    min_size: int | None = None
    keep_duplicates: bool = False
    workers: int | None = None
    origin: str = "photographs"
    direction: str = "left-to-right"
    cluster: str | None = None
    shard_size: int | None = None

    def __post_init__(self) -> None:
        if self.size not in (32, 64, 128, 256):
            raise DataError(f"the size {self.size} is not possible", "Use 32, 64, 128 or 256.")
        if self.channels not in (1, 3):
            raise DataError(
                f"{self.channels} channels are not possible", "Use 3 for colour or 1 for grey."
            )
        if self.min_size is not None and self.min_size < 1:
            raise DataError(f"the least size {self.min_size} is below 1", "Use 1 or more pixels.")
        if self.workers is not None and self.workers < 1:
            raise DataError(f"{self.workers} workers cannot work", "Use 1 or more.")
        if self.shard_size is not None and self.shard_size < 1:
            raise DataError(f"shards of {self.shard_size} images hold none", "Use 1 or more.")
        if self.cluster is not None and self.workers is not None:
            raise DataError(
                "--workers counts processes of this machine, and --cluster names others",
                "Use one of the two.",
            )
        if self.cluster is not None and self.origin == "mnist":
            raise DataError(
                "digits are read from one file, so that a cluster is of no use to them",
                "Leave --cluster out.",
            )
        if self.origin not in _ORIGINS:
            raise DataError(f"{self.origin} is nothing to pack from", f"Use {_or(_ORIGINS)}.")
        if self.direction not in _DIRECTIONS:
            raise DataError(f"{self.direction} is no direction", f"Use {_or(_DIRECTIONS)}.")

    @classmethod
    def of(
        cls, origin: str, size: int | None, channels: int | None, **others: Any
    ) -> "PrepareSettings":
        """The settings for an origin, whose own size and channels stand for None."""
        own = _ORIGINS.get(origin, _ORIGINS["photographs"])
        return cls(
            size=own.size if size is None else size,
            channels=own.channels if channels is None else channels,
            origin=origin,
            **others,
        )

    def recorded(self) -> dict[str, Any]:
        """What of them decides which pixels are packed, for `pack.json`."""
        names = "size", "channels", "keep_duplicates", "origin", "direction"
        return {
            **{name: getattr(self, name) for name in names},
            "min_size": self.min_size or self.size,
        }

    @property
    def layout(self) -> Layout:
        """What each file shows."""
        if self.origin != "pairs":
            return "single"
        return "left-to-right" if self.direction == "left-to-right" else "right-to-left"

    @property
    def options(self) -> str:
        """The options with which `lsgan prepare` packs photographs so."""
        own = _ORIGINS["photographs"]
        words = [f"--size {self.size}"] if self.size != own.size else []
        words += [f"--channels {self.channels}"] if self.channels != own.channels else []
        words += ["--keep-duplicates"] if self.keep_duplicates else []
        return " ".join(words)

    @property
    def training(self) -> str:
        """The options with which `lsgan train` takes such a data set."""
        own = _ORIGINS[self.origin]
        if self.origin == "photographs":
            own = _LARGE if self.size == _LARGE.size else own
            own = _PROJECTED.get(self.size, own) if runtime.has_pretrained() else own
        return own.training(self.size, self.channels)


def _or(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"
