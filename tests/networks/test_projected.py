"""The discriminator on frozen features, with random weights in place of ImageNet's."""

from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan import pretrained
from lsgan.config import Config, ModelSection
from lsgan.errors import ConfigError
from lsgan.networks import build_discriminator
from lsgan.networks.initial import initialise
from lsgan.networks.parameters import trainable
from lsgan.training.setup import check
from tests.conftest import random_features


def built(folder: Path, **settings: object) -> tuple[paddle.nn.Layer, ModelSection]:
    model = ModelSection(
        discriminator="projected",
        feature_weights=str(random_features(folder)),
        base_channels=8,
        spectral_norm=True,
        discriminator_norm="none",
        **settings,
    )
    discriminator = build_discriminator(model)
    initialise(discriminator, 0, "discriminator", model.init_std)
    return discriminator, model


@pytest.mark.parametrize(
    ("size", "channels", "feature_size"), [(32, 1, 64), (64, 3, 96), (128, 3, 128), (256, 3, 64)]
)
def test_one_score_a_head_for_every_size(
    tmp_path: Path, size: int, channels: int, feature_size: int
) -> None:
    found, _ = built(tmp_path, size=size, channels=channels, feature_size=feature_size)
    assert found(paddle.rand([2, channels, size, size])).shape == [2, 4]


def test_only_the_heads_learn_and_only_they_and_the_mixing_are_saved(tmp_path: Path) -> None:
    found, _ = built(tmp_path)
    assert {name.split(".")[0] for name in trainable(found)} == {"heads"}
    assert {name.split(".")[0] for name in found.state_dict()} == {"heads", "mixing"}
    assert (
        found.feature_digest
        == pretrained.load("efficientnet-lite0", str(random_features(tmp_path))).digest
    )


def test_every_head_moves_the_scores_by_as_much(tmp_path: Path) -> None:
    """Adding one to a head's last bias adds a quarter to the mean of the scores."""
    found, _ = built(tmp_path)
    found.eval()
    images = paddle.rand([3, 3, 64, 64])
    before = float(found(images).mean())
    for head in found.heads:
        last = list(head)[-1]
        last.bias.set_value(last.bias + 1)
        after = float(found(images).mean())
        assert after - before == pytest.approx(0.25, abs=1e-4)
        before = after


def test_every_map_reaches_the_finer_heads(tmp_path: Path) -> None:
    found, _ = built(tmp_path)
    maps = [
        paddle.rand([1, channels, 24 >> level, 24 >> level])
        for level, channels in enumerate((24, 40, 112, 320))
    ]
    before = [each.numpy() for each in found.mixing(maps)]
    for level in range(4):
        changed = list(maps)
        changed[level] = changed[level] + 1
        after = [each.numpy() for each in found.mixing(changed)]
        moved = [not np.allclose(one, other) for one, other in zip(before, after, strict=True)]
        assert moved == [finer <= level for finer in range(4)]


def test_the_mixing_follows_from_the_seed(tmp_path: Path) -> None:
    first, model = built(tmp_path)
    second = build_discriminator(model)
    initialise(second, 0, "discriminator", model.init_std)
    third = build_discriminator(model)
    initialise(third, 1, "discriminator", model.init_std)
    one, same, other = (each.mixing.cross_channel_0.numpy() for each in (first, second, third))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_gradients_reach_the_images(tmp_path: Path) -> None:
    found, _ = built(tmp_path)
    images = paddle.rand([2, 3, 64, 64])
    images.stop_gradient = False
    found(images).sum().backward()
    assert float(images.grad.abs().sum([1, 2, 3]).min()) > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss": {"name": "wgan-gp", "gradient_penalty_weight": 10.0}}, "second derivative"),
        ({"data": {"kind": "pairs"}, "model": {"generator": "unet"}}, "projected, which is for"),
        ({"data": {"kind": "curves"}, "model": {"generator": "mlp"}}, "projected, which is for"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, dict[str, object]], said: str) -> None:
    model = {"discriminator": "projected", "discriminator_norm": "none"} | settings.get("model", {})
    with pytest.raises(ConfigError, match=said):
        check(Config.model_validate(settings | {"model": model}), "cpu")


def test_scores_together_are_those_of_each_kind_alone(tmp_path: Path) -> None:
    found, _ = built(tmp_path)
    found.eval()
    real, fake = (found.features(paddle.rand([count, 3, 64, 64])) for count in (3, 2))
    together = found.scores_of_both(real, fake)
    for one, other in zip(together, (found.scores(real), found.scores(fake)), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-5)
