"""What is packed how, and which training takes it."""

import pytest

from lsgan.config import config_files
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.system import runtime


@pytest.mark.parametrize(
    ("origin", "expected"), [("photographs", (64, 3)), ("pairs", (128, 3)), ("mnist", (32, 1))]
)
def test_an_origin_has_a_size_and_channels_of_its_own(origin, expected):
    settings = PrepareSettings.of(origin, None, None, workers=1)
    assert (settings.size, settings.channels, settings.origin) == (*expected, origin)
    asked = PrepareSettings.of(origin, 256, 3, workers=1)
    assert (asked.size, asked.channels) == (256, 3)
    with pytest.raises(DataError, match="0 channels"):
        PrepareSettings.of(origin, None, 0)
    with pytest.raises(DataError, match="Use photographs, pairs or mnist"):
        PrepareSettings.of("cifar", None, None)


@pytest.mark.parametrize(
    ("weights", "origin", "size", "channels", "said"),
    [
        (False, "photographs", None, None, "--config kanas.yaml"),
        (False, "photographs", 128, None, "--config kanas-128.yaml"),
        (False, "photographs", 256, None, "--config kanas.yaml --set model.size=256"),
        (True, "photographs", None, None, "--config kanas-projected.yaml"),
        (True, "photographs", 128, 1, "--config kanas-projected-128.yaml --set model.channels=1"),
        (True, "photographs", 256, None, "--config kanas-projected-256.yaml"),
        (
            *(True, "photographs", 32, 1),
            "--config kanas.yaml --set model.size=32 --set model.channels=1",
        ),
        (True, "pairs", 256, None, "--config pix2pix-facades.yaml --set model.size=256"),
        (True, "mnist", None, None, "--config dcgan-mnist.yaml"),
    ],
)
def test_the_training_that_is_named_takes_the_data_set(
    monkeypatch: pytest.MonkeyPatch,
    weights: bool,
    origin: str,
    size: int | None,
    channels: int | None,
    said: str,
) -> None:
    monkeypatch.setattr(runtime, "has_pretrained", lambda: weights)
    settings = PrepareSettings.of(origin, size, channels)
    assert settings.training == said
    _, name, *words = said.split()
    model = config_files.load(config_files.find(name), words[1::2]).model
    assert (model.size, model.channels) == (settings.size, settings.channels)
