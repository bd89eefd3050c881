"""A run that begins with another run's weights, its parent's: fine-tuning on other photographs.

Its step 0 is a checkpoint like any other, but for the optimizers, of which nothing is taken.
"""

from collections.abc import Callable
from pathlib import Path

from lsgan import config_files
from lsgan.arrays import Arrays
from lsgan.config import Config, ModelSection
from lsgan.errors import ConfigError, RunError
from lsgan.networks import build_discriminator, build_generator
from lsgan.training.checkpoint import Checkpoint, config_of, read
from lsgan.training.run import Run, checkpoint_file
from lsgan.training.state import below, misfits

_NETWORKS = ("generator", "discriminator", "average")
# The settings that say which networks there are, and not what they are like.
_KINDS = ("generator", "discriminator", "feature_network")


def initial_weights(
    config: Config, say: Callable[[str], None], digest: str = ""
) -> tuple[Checkpoint, Arrays] | None:
    """Step 0 with the weights that `config` names, to restore a state from; None: random ones.

    The networks and the average are the parent's; the optimizers, the step and what the rollbacks
    have changed are as in any new run.

    Args:
        config: the run's.
        say: is told whose weights they are.
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
    found, tensors = read(path)
    if digest not in ("", found.digest):
        raise RunError(f"{path} is not the checkpoint that the run began with")
    tensors = {key: value for key, value in tensors.items() if key.split("/")[0] in _NETWORKS}
    if not below(tensors, "generator"):
        # A checkpoint that was made small to be given away has the average alone.
        average = below(tensors, "average")
        tensors |= {f"generator/{key}": value for key, value in average.items()}
    _check(found, tensors, config.model)
    say(f"begins with the weights of {path}")
    rates = {"generator": 1.0, "discriminator": 1.0}
    start = Checkpoint(
        path, 0, {}, rate_factors=rates, parent=found.digest, features=found.features
    )
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


def _check(parent: Checkpoint, tensors: Arrays, model: ModelSection) -> None:
    """Refuse weights that do not fit the networks of `model`, naming the settings that differ."""
    different = _misfits(model, tensors)
    if not different:
        return
    theirs = config_of(parent).model
    names = _to_blame(theirs, model, tensors)
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
    listed = "; ".join(
        f"model.{name} is {config_files.one_line(getattr(model, name))}, there "
        f"{config_files.one_line(getattr(theirs, name))}"
        for name in names
    )
    changes = (
        f"--set model.{name}={config_files.one_line(getattr(theirs, name))}" for name in names
    )
    raise ConfigError(
        f"the weights in {parent.path} are of other networks: {listed}", f"Use {' '.join(changes)}."
    )


def _to_blame(theirs: ModelSection, model: ModelSection, tensors: Arrays) -> list[str]:
    """The settings of `model` that do not fit `tensors`, which were made with `theirs`."""
    # Of the frozen weights a checkpoint knows the file's bare name, and their digest besides.
    theirs = theirs.model_copy(update={"feature_weights": model.feature_weights})
    differing = [name for name, value in theirs if value != getattr(model, name)]
    kinds = [name for name in _KINDS if name in differing]
    if kinds and "projected" in (theirs.discriminator, model.discriminator):
        # To try the others one would need the weights of another frozen network.
        return kinds
    # Each alone, since many settings change no shape.
    return [
        name
        for name in differing
        if _misfits(theirs.model_copy(update={name: getattr(model, name)}), tensors)
    ]


def _misfits(model: ModelSection, tensors: Arrays) -> list[str]:
    """By which names, as in a checkpoint, `tensors` do not fit the networks of `model`."""
    generator = build_generator(model)
    networks = {
        "generator": generator,
        "discriminator": build_discriminator(model),
        "average": generator,
    }
    return [
        f"{name}/{key}"
        for name, network in networks.items()
        for key in misfits(network, below(tensors, name))
    ]
