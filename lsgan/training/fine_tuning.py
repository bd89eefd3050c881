"""A run that begins with another run's weights, its parent's: fine-tuning on other photographs.

Its step 0 is a checkpoint like any other, but for the optimizers, of which nothing is taken.
"""

from collections.abc import Callable
from pathlib import Path

from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import Checkpoint, config_of, read
from lsgan.checkpoints.compatibility import check_networks
from lsgan.checkpoints.run import Run, checkpoint_file
from lsgan.config import Config, ModelSection, config_files
from lsgan.errors import ConfigError, RunError
from lsgan.networks.shapes import Shapes, discriminator_layout, generator_layout
from lsgan.networks.state_dict import with_prefix

_NETWORKS = ("generator", "discriminator", "ema")
# The settings that say which networks there are, and not what they are like.
_KINDS = ("generator", "discriminator", "feature_network")
_MOST_TOLD = 3


def initial_weights(
    config: Config, say: Callable[[str], None], digest: str = ""
) -> tuple[Checkpoint, Arrays] | None:
    """Step 0 with the weights that `config` names, to restore a state from; None: random ones.

    The networks and the average are the parent's; the optimizers, the step and what the rollbacks
    have changed are as in any new run.

    Args:
        config: the run's.
        say: called with a line that says whose weights they are.
        digest: of the checkpoint that the run began with, "" if it begins now.

    Raises:
        RunError: if that checkpoint is not there, damaged, or another than the run began with.
        ConfigError: if its weights do not fit the networks of `config`.
    """
    if not config.train.initial_weights:
        if digest:
            raise RunError("the configuration does not name the checkpoint that the run began with")
        return None
    path = checkpoint_file(Path(config.train.initial_weights))

    def check(found: Checkpoint) -> None:
        if digest not in ("", found.digest):
            raise RunError(f"{path} is not the checkpoint that the run began with")
        check_networks(found)
        _check_fit(found, config.model)

    found, tensors = read(path, tuple(f"{name}/" for name in _NETWORKS), check)
    if not with_prefix(tensors, "generator"):
        # A checkpoint that was made small to be given away has the average alone.
        average = with_prefix(tensors, "ema")
        tensors |= {f"generator/{key}": value for key, value in average.items()}
    say(f"starting from the weights of {path}")
    rates = {"generator": 1.0, "discriminator": 1.0}
    start = Checkpoint(path, 0, {}, lr_factors=rates, parent=found.digest, features=found.features)
    return start, tensors


def with_own_weights(run: Run, config: Config) -> Config:
    """`config` with the initial weights that the run's own names, unless it names some itself.

    Raises:
        ConfigError: if the run's own cannot be read.
    """
    if config.train.initial_weights or not run.config.is_file():
        return config
    own = config_files.load(run.config).train.initial_weights
    return config_files.with_initial_weights(config, own)


def _check_fit(parent: Checkpoint, model: ModelSection) -> None:
    """Refuse weights that do not fit the networks of `model`, naming the settings that differ."""
    shapes = _shapes(parent)
    different = _misfits(model, shapes)
    if not different:
        return
    theirs = config_of(parent).model
    names = _to_blame(theirs, model, shapes)
    if not names:
        raise RunError(
            f"the weights in {parent.path} are of other networks: they differ in "
            + ", ".join(different[:3]),
            "Give another checkpoint.",
        )
    if "generator" in names:
        raise ConfigError(
            f"the weights in {parent.path} are of other networks: model.generator is "
            f"{model.generator}, there {theirs.generator}",
            f"Give a checkpoint of a {model.generator}, or leave --config out to take the settings "
            "of that one.",
        )
    if "classes" in names:
        raise ConfigError(
            f"the weights in {parent.path} are of a model of {len(theirs.classes)} classes, and "
            f"the data set has {len(model.classes)}",
            "Train on images of as many classes, or leave --from out.",
        )
    listed = "; ".join(
        f"model.{name} is {config_files.one_line(getattr(model, name))}, there "
        f"{config_files.one_line(getattr(theirs, name))}"
        for name in names[:_MOST_TOLD]
    )
    changes = (
        f"--set model.{name}={config_files.one_line(getattr(theirs, name))}" for name in names
    )
    remedy = f"Use {' '.join(changes)}."
    if len(names) > _MOST_TOLD:
        listed += f"; and {len(names) - _MOST_TOLD} more"
        remedy = "Leave --config and --set out to take the settings of that one."
    raise ConfigError(f"the weights in {parent.path} are of other networks: {listed}", remedy)


def _shapes(parent: Checkpoint) -> dict[str, Shapes]:
    """The shapes of what each network of a checkpoint keeps, as the file's header has them."""
    given: dict[str, Shapes] = {name: {} for name in _NETWORKS}
    for key, entry in parent.tensors.items():
        name, _, rest = key.partition("/")
        if name in given:
            given[name][rest] = entry.shape
    return given | {"generator": given["generator"] or given["ema"]}


def _to_blame(theirs: ModelSection, model: ModelSection, shapes: dict[str, Shapes]) -> list[str]:
    """The settings of `model` that do not fit `shapes`, which `theirs` gave."""
    # Of the frozen weights a checkpoint knows the file's bare name, and their digest besides.
    theirs = theirs.model_copy(update={"feature_weights": model.feature_weights})
    differing = [name for name, value in theirs if value != getattr(model, name)]
    kinds = [name for name in _KINDS if name in differing]
    if kinds and "projected" in (theirs.discriminator, model.discriminator):
        # Between these the other settings mean other things.
        return kinds
    # Each alone, since many settings change no shape.
    return [
        name
        for name in differing
        if _misfits(theirs.model_copy(update={name: getattr(model, name)}), shapes)
    ]


def _misfits(model: ModelSection, shapes: dict[str, Shapes]) -> list[str]:
    """By which names, as in a checkpoint, `shapes` are not those of the networks of `model`."""
    generator = generator_layout(model).shapes
    wanted = {
        "generator": generator,
        "discriminator": discriminator_layout(model).shapes,
        "ema": generator,
    }
    return [
        f"{name}/{key}"
        for name, own in wanted.items()
        for key in sorted(own.keys() | shapes[name])
        if own.get(key) != shapes[name].get(key)
    ]
