"""Whether a checkpoint's tensors are those of its networks, according to the file's header alone.

Its configuration may claim networks larger than any memory, and its header tensors that no network
has. So the names and shapes of what the configuration claims are found without making it
(`networks.shapes`), and only what agrees in all of them is read and built: it cannot be larger than
the file.
"""

from collections.abc import Iterator
from typing import NamedTuple

from lsgan import __version__
from lsgan.checkpoints.checkpoint import Checkpoint, config_of
from lsgan.config import Config
from lsgan.errors import RunError
from lsgan.io.tensor_files import Entry
from lsgan.networks import DISCRIMINATORS, GENERATORS
from lsgan.networks.shapes import Layout, Shapes, discriminator_layout, generator_layout
from lsgan.text import printable

_FULL, _HALF = "float32", "float16"
# What Adam keeps of each parameter: two of its shape and two numbers.
_MOMENTS = ("moment1_0", "moment2_0")
_SLOTS = (*_MOMENTS, "beta1_pow_acc_0", "beta2_pow_acc_0")
_PARTS = ("ema", "generator", "discriminator", "optimizer/generator", "optimizer/discriminator")


class _Part(NamedTuple):
    """What a checkpoint may hold under one beginning of names.

    Attributes:
        name: that beginning, without the slash.
        shapes: of what is there, if anything is.
        types: that its numbers may have.
        is_needed: whether it must be there.
    """

    name: str
    shapes: Shapes
    types: tuple[str, ...]
    is_needed: bool


def check_networks(found: Checkpoint) -> None:
    """Refuse a checkpoint from which no generator can be had.

    The averaged generator must be there. The networks that were trained may be missing, and that
    average and the discriminator be in half precision: such a file was made to be given away.

    Raises:
        RunError: naming the first tensor that is not as the configuration has it.
    """
    _check(found, to_resume=False)


def check_state(found: Checkpoint) -> None:
    """Refuse a checkpoint from which no run can go on: all must be there, in single precision.

    Raises:
        RunError: naming the first tensor that is not as the configuration has it.
    """
    _check(found, to_resume=True)


def _check(found: Checkpoint, to_resume: bool) -> None:
    config = config_of(found)
    _check_kinds(found, config)
    problem = next(_problems(found, config, to_resume), None)
    if problem:
        raise RunError(
            f"{found.path} does not hold the networks of its own configuration: {problem}",
            f"Give another checkpoint, or use the version that wrote it; this is {__version__}.",
        )


def _check_kinds(found: Checkpoint, config: Config) -> None:
    """Refuse networks that there are not, and those for other data than the configuration's."""
    for role, table in (("generator", GENERATORS), ("discriminator", DISCRIMINATORS)):
        name, kind = getattr(config.model, role), config.data.kind
        if name not in table:
            raise RunError(
                f"{found.path} is of a {role} {printable(name)}, which is not known",
                f"Use the version that wrote it; this is {__version__}.",
            )
        if table[name].kind not in (kind, None):
            raise RunError(
                f"{found.path} contradicts itself: its {role} {name} is for {table[name].kind}, "
                f"and its data are {kind}",
                "Give another checkpoint.",
            )


def _problems(found: Checkpoint, config: Config, to_resume: bool) -> Iterator[str]:
    """What is wrong with the tensors, in words."""
    entries: dict[str, dict[str, Entry]] = {part: {} for part in _PARTS}
    for name, entry in found.tensors.items():
        beginning = next((part for part in _PARTS if name.startswith(f"{part}/")), None)
        if beginning is None:
            yield f"{printable(name)} belongs to none"
            return
        entries[beginning][name[len(beginning) + 1 :]] = entry
    for part in _parts(config, found.step if to_resume else 0, to_resume):
        if part.is_needed or entries[part.name]:
            yield from _misfits(part, entries[part.name])


def _parts(config: Config, step: int, to_resume: bool) -> Iterator[_Part]:
    """What may be in a checkpoint of a run with `config` after so many steps."""
    types = (_FULL,) if to_resume else (_FULL, _HALF)
    layout = generator_layout(config.model)
    yield _Part("ema", layout.shapes, types, True)
    yield _Part("generator", layout.shapes, (_FULL,), to_resume)
    # Before its first step an optimizer has no state.
    yield _Part("optimizer/generator", _of_adam(layout), (_FULL,), step > 0)
    layout = discriminator_layout(config.model)
    yield _Part("discriminator", layout.shapes, types, to_resume)
    yield _Part("optimizer/discriminator", _of_adam(layout), (_FULL,), step > 0)


def _of_adam(layout: Layout) -> Shapes:
    """The shapes of what Adam keeps once a network has been trained."""
    return {
        f"{name}/{slot}": layout.shapes[name] if slot in _MOMENTS else (1,)
        for name in layout.trained
        for slot in _SLOTS
    }


def _misfits(part: _Part, entries: dict[str, Entry]) -> Iterator[str]:
    for name in sorted(entries.keys() | part.shapes):
        label, wanted = printable(f"{part.name}/{name}"), part.shapes.get(name)
        if wanted is None:
            yield f"{label} belongs to none"
        elif name not in entries:
            yield f"{label} is missing"
        elif entries[name].shape != wanted:
            yield f"{label} has the shape {printable(str(entries[name].shape))}, not {wanted}"
        elif entries[name].dtype not in part.types:
            yield f"{label} is of {entries[name].dtype}, not {' or '.join(part.types)}"
