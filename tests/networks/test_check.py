"""Networks, data and losses that do not fit each other are refused before anything is built."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import PrivateAttr

from lsgan.arrays import Layer
from lsgan.config import Config, ModelSection, config_files
from lsgan.errors import ConfigError
from lsgan.networks import DISCRIMINATORS, GENERATORS, build_discriminator, build_generator, check


@pytest.mark.parametrize("name", sorted(config_files.packaged()))
def test_the_packaged_ones_fit(name: str) -> None:
    check(config_files.load(config_files.find(name)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["model.generator=unet"], "unet, which is for pairs, but data.kind is images"),
        (["model.generator=mlp"], "Use --set model.generator=dcgan"),
        (["data.kind=curves"], "model.generator=mlp, or --set data.kind=images"),
        (["model.discriminator=patch"], "Use --set model.discriminator=dcgan"),
        (["model.discriminator=none"], "Both are none, or neither"),
        (["loss.name=none"], "Both are none, or neither"),
        (["loss.name=none", "model.discriminator=none"], "nothing else to learn from"),
        (["loss.l1_weight=100"], "model.generator dcgan has none"),
        (["loss.l2_weight=1"], "model.generator dcgan has none"),
        (["loss.kl_weight=1"], "A vae needs it above 0"),
        (["model.generator=vae"], "A vae needs it above 0"),
        (
            [
                *("model.generator=vae", "model.discriminator=none", "loss.name=none"),
                *("loss.l2_weight=1", "loss.kl_weight=1e-5", "model.latent_distribution=uniform"),
            ],
            "trained towards N",
        ),
        (["model.generator=dcgna"], "did you mean dcgan"),
        (["model.points=20"], "model.points is 20, and neither the generator dcgan nor"),
        (
            [
                *("data.kind=pairs", "model.generator=unet", "model.discriminator=patch"),
                *("loss.l1_weight=100", "model.kernel_size=5"),
            ],
            "model.kernel_size is 5, .* Leave it at 4",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(changes: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(config_files.change(Config(), changes))


class _Noted(ModelSection):
    """A model section that notes what is read of it."""

    _read: set[str] = PrivateAttr(default_factory=set)

    def __getattribute__(self, name: str) -> Any:
        if name in ModelSection.model_fields:
            self._read.add(name)
        return super().__getattribute__(name)


def _used_settings(build: Callable[[ModelSection], Layer], **settings: Any) -> set[str]:
    # A generator without a leaky activation has no use for its slope.
    model = _Noted(size=32, base_channels=4, generator_activation="leaky-relu", **settings)
    model._read.clear()
    build(model)
    return model._read - {"generator", "discriminator"}


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_heeds_the_settings_that_its_line_names(name: str) -> None:
    used = _used_settings(build_generator, generator=name)
    # It is given the latents, and does not know how they are distributed.
    if "latent_dim" in used:
        used.add("latent_distribution")
    assert used == GENERATORS[name].settings


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_a_discriminator_heeds_the_settings_that_its_line_names(name: str) -> None:
    assert _used_settings(build_discriminator, discriminator=name) == DISCRIMINATORS[name].settings


def test_every_name_builds_what_it_says() -> None:
    model = config_files.change(Config(), ["model.size=32", "model.base_channels=4"]).model
    for name in GENERATORS:
        network = build_generator(model.model_copy(update={"generator": name}))
        assert callable(network.forward_train)
    for name in DISCRIMINATORS:
        network = build_discriminator(model.model_copy(update={"discriminator": name}))
        assert type(network).__module__ == f"lsgan.networks.{DISCRIMINATORS[name].module}"
