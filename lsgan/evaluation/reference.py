"""The photographs that a generator is compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lsgan import random
from lsgan.arrays import Indices, Samples
from lsgan.config import Config
from lsgan.data.classes import class_names
from lsgan.data.pack import Pack
from lsgan.data.sampler import split
from lsgan.data.selection import select
from lsgan.errors import DataError
from lsgan.evaluation.checkpoint_evaluator import LEAST
from lsgan.tasks import task_of
from lsgan.text import counted

# Fewer photographs than this do not have two halves that could be compared.
_LEAST = 4


@dataclass(frozen=True)
class Reference:
    """Photographs by their use; each field holds rows of a data set, (N, …).

    Attributes:
        name: what they are, in words.
        photographs: what the generated images are compared with.
        others: other photographs of the same kind, as many; None if there are none.
        trained: those that the generator was trained on; None if they are not known.
        unseen: photographs of the same kind that it was not trained on; None if there are none.
        classes: the class of each of `photographs`; None if the generator has none, or theirs are
            not known.
    """

    name: str
    photographs: Samples
    others: Samples | None
    trained: Samples | None
    unseen: Samples | None
    classes: Sequence[str] | None = None

    def of(self, part: Callable[[Samples], Samples]) -> "Reference":
        """The same of a part of each row."""
        others, trained, unseen = (
            None if side is None else part(side)
            for side in (self.others, self.trained, self.unseen)
        )
        photographs = part(self.photographs)
        return Reference(self.name, photographs, others, trained, unseen, self.classes)

    @staticmethod
    def baseline(photographs: Samples, others: Samples | None) -> tuple[Samples, Samples]:
        """Two sets of equal number, of photographs alone, whose distance is the baseline.

        Where there are no others, the photographs are halved. A metric that depends on the number
        of images is then computed from fewer than the generator's.

        Args:
            photographs: the photographs, or their features.
            others: those of the others.
        """
        if others is not None:
            return photographs, others
        half = len(photographs) // 2
        return photographs[:half], photographs[half : 2 * half]


def choose(
    pack: Pack, name: str, trained_on: Pack | None, config: Config, most: int, seed: int
) -> Reference:
    """Choose the photographs to measure against, at most `most`.

    Args:
        pack: the set asked for.
        name: what it is called.
        trained_on: the set that the generator was trained on, if it is known.
        config: the configuration it was trained with.
        most: how many to take at most.
        seed: decides which are taken.

    Raises:
        DataError: if there are too few, or their images are of another size.
    """
    model, shape = config.model, task_of(config).shape(config.model)
    if pack.images.shape[1:] != shape:
        found, wanted = ("×".join(map(str, each)) for each in (pack.images.shape[1:], shape))
        raise DataError(
            f"the photographs in {name} are {found}, but the generator's images {wanted}",
            f"Prepare them with --size {model.size} --channels {model.channels}.",
        )
    same = trained_on is not None and trained_on.digest == pack.digest
    trained = unseen = None
    if trained_on is not None:
        places, held_out = split(len(trained_on), config.data.val_fraction, config.train.seed)
        trained = select(trained_on.images, places)
        held_out = held_out[_some(len(held_out), most, seed)]
        unseen = trained_on.images[held_out] if len(held_out) else None
    if same and trained is not None and unseen is not None and len(unseen) >= LEAST:
        others = trained[_some(len(trained), len(unseen), seed)]
        described = f"{len(unseen)} held-out photographs of {name}"
        # Of a small set more may be held out than is left to train on.
        return Reference(
            described,
            unseen,
            others if len(others) == len(unseen) else None,
            trained,
            unseen,
            _classes(pack, config, held_out),
        )
    chosen = _some(len(pack), most, seed)
    photographs = pack.images[chosen]
    if len(photographs) < _LEAST:
        raise DataError(
            f"{name} holds {counted(len(photographs), 'photograph')}: too few to measure against",
            "Give at least a hundred with --reference.",
        )
    kind = "photographs, trained ones too," if same else "photographs"
    described = f"{len(photographs)} {kind} of {name}"
    classes = _classes(pack, config, chosen)
    return Reference(described, photographs, None, trained, unseen, classes)


def _some(count: int, most: int, seed: int) -> Indices:
    """The places of at most so many of `count` images, in an order of chance."""
    return random.stream(seed, "reference photographs").permutation(count)[:most]


def _classes(pack: Pack, config: Config, places: Indices) -> list[str] | None:
    """The class of each image, if the generator has classes and all are of one of them."""
    if not config.model.classes:
        return None
    try:
        names = class_names(pack)
    except DataError:
        return None
    chosen = [names[place] for place in places]
    return chosen if config.model.classes.keys() >= set(chosen) else None
