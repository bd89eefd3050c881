"""The networks, one file each, found by their names in the configuration.

A network is a `paddle.nn.Layer` built from the model section. Its line in a table below names the
module and the class, so that a name can be checked, and listed, without loading Paddle.
"""

from pkgutil import resolve_name
from typing import Any, NamedTuple

from lsgan.arrays import Layer
from lsgan.config import Config, ModelSection
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError


class Entry(NamedTuple):
    """Where a network is, and what it is for.

    Attributes:
        module: the module's name below this package.
        name: the class's.
        kind: what it generates or discriminates, a value of `data.kind`; None for anything.
        settings: the settings of the model section that it uses.
        has_target: whether a generator's images have targets in training.
    """

    module: str
    name: str
    kind: str | None
    settings: frozenset[str]
    has_target: bool = False


_LATENTS = {"latent_dim", "latent_distribution"}
_CLASSES = {"classes"}
_WIDTHS = {"base_channels", "max_channels"}
_GENERATOR_WIDTHS = _WIDTHS | {"generator_base_channels"}
_IMAGES = {"size", "channels"}
_GUARDS = {"discriminator_dropout", "spectral_norm"}
_NORM = {"discriminator_norm", "batch_norm_momentum"}

_DECODER = frozenset(
    {*_LATENTS, *_IMAGES, *_GENERATOR_WIDTHS, "kernel_size", "batch_norm_momentum"}
    | {"generator_activation", "leaky_slope", "upsampling"}
)
_FASTGAN = frozenset({*_LATENTS, *_CLASSES, *_IMAGES, *_GENERATOR_WIDTHS, "batch_norm_momentum"})
_PROJECTED = frozenset(
    {"size", *_CLASSES, *_NORM, "base_channels", "spectral_norm", "leaky_slope"}
    | {"feature_network", "feature_size", "feature_weights"}
)
_ENCODER = frozenset(
    {*_IMAGES, *_WIDTHS, *_NORM, *_GUARDS, "kernel_size", "downsampling", "leaky_slope"}
)
_UNET = frozenset({*_IMAGES, *_GENERATOR_WIDTHS, "leaky_slope"})
_PATCH = frozenset({"channels", *_WIDTHS, *_NORM, *_GUARDS, "leaky_slope"})
_POINTS = frozenset({"points", "base_channels"})

GENERATORS = {
    "dcgan": Entry("dcgan", "Generator", "images", _DECODER | _CLASSES),
    "fastgan": Entry("fastgan", "Generator", "images", _FASTGAN),
    "vae": Entry("vae", "Generator", "images", _DECODER | _CLASSES | _ENCODER, has_target=True),
    "unet": Entry("pix2pix", "Generator", "pairs", _UNET, has_target=True),
    "mlp": Entry("mlp", "Generator", "curves", _POINTS | _LATENTS | {"generator_base_channels"}),
}
DISCRIMINATORS = {
    "dcgan": Entry("dcgan", "Discriminator", "images", _ENCODER | _CLASSES),
    "projected": Entry("projected", "Discriminator", "images", _PROJECTED),
    "patch": Entry("pix2pix", "Discriminator", "pairs", _PATCH),
    "mlp": Entry("mlp", "Discriminator", "curves", _POINTS | _GUARDS),
    "none": Entry("none", "Discriminator", None, frozenset()),
}


def check(config: Config) -> None:
    """Refuse networks that do not exist or do not fit each other, before anything is built.

    Raises:
        ConfigError: naming what would be right.
    """
    model, kind = config.model, config.data.kind
    for role, name, table in (
        ("generator", model.generator, GENERATORS),
        ("discriminator", model.discriminator, DISCRIMINATORS),
    ):
        entry = look_up(f"model.{role}", name, table)
        if entry.kind not in (kind, None):
            fitting = [name for name, other in table.items() if other.kind == kind]
            raise ConfigError(
                f"model.{role} is {name}, which is for {entry.kind}, but data.kind is {kind}",
                f"Use --set model.{role}={fitting[0]}, or --set data.kind={entry.kind}.",
            )
    _check_settings(model)
    _check_classes(config)
    _check_loss(config)


def used_settings(model: ModelSection) -> frozenset[str]:
    """The settings of the model section that `model`'s two networks use."""
    return GENERATORS[model.generator].settings | DISCRIMINATORS[model.discriminator].settings


def _check_settings(model: ModelSection) -> None:
    """Refuse settings that have been changed and that neither network uses."""
    tables = (*GENERATORS.values(), *DISCRIMINATORS.values())
    some_have = frozenset[str]().union(*(entry.settings for entry in tables))
    for name in sorted(some_have - used_settings(model)):
        value, default = getattr(model, name), type(model).model_fields[name].default
        # Who asks for no norm gets none where there is none.
        if value not in (default, "none"):
            raise ConfigError(
                f"model.{name} is {value}, and neither the generator {model.generator} nor the "
                f"discriminator {model.discriminator} has such a setting",
                f"Leave it at {default}.",
            )


def _check_classes(config: Config) -> None:
    """Refuse to train networks on classes that cannot be told them."""
    if config.data.classes == "none":
        return
    for role, table in (("generator", GENERATORS), ("discriminator", DISCRIMINATORS)):
        name = getattr(config.model, role)
        if name != "none" and not table[name].settings & _CLASSES:
            fitting = [other for other, entry in table.items() if entry.settings & _CLASSES]
            raise ConfigError(
                f"data.classes is folders, and model.{role} {name} cannot be told a class",
                f"Use --set model.{role}={fitting[0]}, or --set data.classes=none.",
            )


def _check_loss(config: Config) -> None:
    """Refuse a loss from which the networks would learn nothing."""
    model, loss = config.model, config.loss
    if (loss.name == "none") != (model.discriminator == "none"):
        raise ConfigError(
            f"loss.name is {loss.name} and model.discriminator {model.discriminator}",
            "Both are none, or neither.",
        )
    has_target = GENERATORS[model.generator].has_target
    if (loss.l1_weight or loss.l2_weight) and not has_target:
        raise ConfigError(
            "loss.l1_weight and loss.l2_weight compare images with their targets, and "
            f"model.generator {model.generator} has none",
            "Set both to 0.",
        )
    if loss.name == "none" and not (has_target and (loss.l1_weight or loss.l2_weight)):
        raise ConfigError(
            "loss.name is none, and there is nothing else to learn from",
            "Use --set model.generator=vae with --set loss.l2_weight=1, or another loss.",
        )
    if bool(loss.kl_weight) != (model.generator == "vae"):
        raise ConfigError(
            f"loss.kl_weight is {loss.kl_weight:g} and model.generator {model.generator}",
            "A vae needs it above 0; other generators need it 0.",
        )
    if model.generator == "vae" and model.latent_distribution != "normal":
        raise ConfigError(
            f"model.latent_distribution is {model.latent_distribution}, and a vae's latents are "
            "trained towards N(0, 1)",
            "Use --set model.latent_distribution=normal.",
        )


def build_generator(model: ModelSection | None = None, **settings: Any) -> Layer:
    """A generator, with random weights of Paddle's own, and the method `forward_train`.

    Args:
        model: which, and what it is like; or nothing, and
        settings: those of the section `model` instead, such as generator="fastgan", size=128.
    """
    model = model or ModelSection(**settings)
    return _build(model, "generator", model.generator, GENERATORS)


def build_discriminator(model: ModelSection | None = None, **settings: Any) -> Layer:
    """A discriminator: float32 (N, …) to scores, (N,) or more for each.

    Args:
        model: as for `build_generator`.
        settings: as for `build_generator`.
    """
    model = model or ModelSection(**settings)
    return _build(model, "discriminator", model.discriminator, DISCRIMINATORS)


def _build(model: ModelSection, role: str, name: str, table: dict[str, Entry]) -> Layer:
    entry = look_up(f"model.{role}", name, table)
    return resolve_name(f"lsgan.networks.{entry.module}:{entry.name}")(model)
