"""Networks, data and objectives that do not fit each other are refused before anything is built."""

import pytest

from lsgan import config_files
from lsgan.config import Config
from lsgan.errors import ConfigError
from lsgan.networks import DISCRIMINATORS, GENERATORS, build_discriminator, build_generator, check


@pytest.mark.parametrize("name", sorted(config_files.packaged()))
def test_the_packaged_ones_fit(name: str) -> None:
    check(config_files.load(config_files.find(name)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["model.generator=unet"], "unet, which is for pairs, but data.kind is pictures"),
        (["model.generator=mlp"], "Use --set model.generator=dcgan"),
        (["data.kind=curves"], "model.generator=mlp, or --set data.kind=pictures"),
        (["model.discriminator=patch"], "Use --set model.discriminator=dcgan"),
        (["model.discriminator=none"], "Both are none, or neither"),
        (["objective.name=none"], "Both are none, or neither"),
        (["objective.name=none", "model.discriminator=none"], "nothing else to learn from"),
        (["objective.l1=100"], "dcgan makes it of latents alone"),
        (["objective.l2=1"], "dcgan makes it of latents alone"),
        (["objective.kl=1"], "A vae needs it above 0"),
        (["model.generator=vae"], "A vae needs it above 0"),
        (
            [
                *("model.generator=vae", "model.discriminator=none", "objective.name=none"),
                *("objective.l2=1", "objective.kl=1e-5", "model.latent_distribution=uniform"),
            ],
            "held to N",
        ),
        (["model.generator=dcgna"], "did you mean dcgan"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(changes: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(config_files.change(Config(), changes))


def test_every_name_builds_what_it_says() -> None:
    model = config_files.change(Config(), ["model.size=32", "model.base_channels=4"]).model
    for name in GENERATORS:
        network = build_generator(model.model_copy(update={"generator": name}))
        assert callable(network.produce)
    for name in DISCRIMINATORS:
        network = build_discriminator(model.model_copy(update={"discriminator": name}))
        assert type(network).__module__ == f"lsgan.networks.{DISCRIMINATORS[name].module}"
