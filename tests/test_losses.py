"""Each loss against values worked by hand."""

import numpy as np
import paddle
import pytest

from lsgan.config.choices import look_up
from lsgan.errors import ConfigError
from lsgan.losses import LOSSES, Loss

REAL, FAKE = paddle.to_tensor([0.5, 2.0]), paddle.to_tensor([-1.0, 3.0])


def discriminator_loss(loss: Loss, real: paddle.Tensor, fake: paddle.Tensor) -> paddle.Tensor:
    relative_real, relative_fake = loss.relative(real, fake), loss.relative(fake, real)
    return loss.real_loss(relative_real).mean() + loss.fake_loss(relative_fake).mean()


def test_least_squares_with_the_0_1_coding() -> None:
    loss = LOSSES["least-squares"]
    # ½·((−½)² + 1²)/2 + ½·((−1)² + 3²)/2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(0.3125 + 2.5)
    # ½·((−2)² + 2²)/2
    assert float(loss.generator_loss(FAKE, FAKE).mean()) == pytest.approx(2.0)


def test_least_squares_with_the_pearson_coding() -> None:
    loss = LOSSES["least-squares-pearson"]
    # ½·((−½)² + 1²)/2 + ½·(0² + 4²)/2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(0.3125 + 4.0)
    # ½·((−1)² + 3²)/2
    assert float(loss.generator_loss(FAKE, FAKE).mean()) == pytest.approx(2.5)


def test_relativistic_least_squares() -> None:
    loss = LOSSES["least-squares-relativistic"]
    # The means are 1¼ and 1, so that what counts is (−½, 1) and (−2¼, 1¾).
    # ½·((−1½)² + 0²)/2 + ½·((−1¼)² + (2¾)²)/2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(0.5625 + 2.28125)
    # ½·((−3¼)² + (¾)²)/2 + ½·(½² + 2²)/2
    found = float(loss.generator_loss(FAKE, REAL).mean())
    assert found == pytest.approx(2.78125 + 1.0625)


@pytest.mark.parametrize(
    ("name", "generator_loss"),
    # −(log(1 + e^−1) + log(1 + e³))/2 and (log(1 + e) + log(1 + e^−3))/2
    [("minimax", -(0.3132617 + 3.0485874) / 2), ("non-saturating", (1.3132617 + 0.0485874) / 2)],
)
def test_cross_entropy(name: str, generator_loss: float) -> None:
    loss = LOSSES[name]
    # (log(1 + e^−½) + log(1 + e^−2))/2 + (log(1 + e^−1) + log(1 + e³))/2
    expected = (0.4740770 + 0.1269280) / 2 + (0.3132617 + 3.0485874) / 2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(expected)
    assert float(loss.generator_loss(FAKE, FAKE).mean()) == pytest.approx(generator_loss)


def test_only_the_saturating_generator_learns_nothing_from_a_sure_discriminator() -> None:
    steepness = {}
    for name in ("minimax", "non-saturating"):
        sure = paddle.to_tensor([-12.0], stop_gradient=False)
        LOSSES[name].generator_loss(sure, sure).mean().backward()
        steepness[name] = sure.grad.item()
    # −σ(−12) and −(1 − σ(−12))
    assert steepness["minimax"] == pytest.approx(-6.144e-6, rel=1e-3)
    assert steepness["non-saturating"] == pytest.approx(-1, rel=1e-4)


def test_wasserstein() -> None:
    loss = LOSSES["wgan-gp"]
    # (−1 + 3)/2 − (½ + 2)/2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(-0.25)
    assert float(loss.generator_loss(FAKE, FAKE).mean()) == pytest.approx(-1.0)


def test_hinge() -> None:
    loss = LOSSES["hinge"]
    # (½ + 0)/2 + (0 + 4)/2
    assert float(discriminator_loss(loss, REAL, FAKE)) == pytest.approx(2.25)
    assert float(loss.generator_loss(FAKE, FAKE).mean()) == pytest.approx(-1.0)


@pytest.mark.parametrize("name", LOSSES)
def test_a_discriminator_that_tells_them_apart_has_less_loss_than_one_that_guesses(
    name: str,
) -> None:
    loss = LOSSES[name]
    apart = discriminator_loss(loss, paddle.to_tensor([0.9]), paddle.to_tensor([0.1]))
    mistaken = discriminator_loss(loss, paddle.to_tensor([0.1]), paddle.to_tensor([0.9]))
    assert float(apart) < float(mistaken)


@pytest.mark.parametrize("name", LOSSES)
def test_the_generator_wants_scores_as_real_images_have_them(name: str) -> None:
    fake = paddle.to_tensor([-0.5], stop_gradient=False)
    LOSSES[name].generator_loss(fake, paddle.to_tensor([0.5])).mean().backward()
    assert fake.grad.item() < 0


def test_the_output_is_a_probability_where_scores_are_logits() -> None:
    # σ(½) and σ(2)
    for name in ("minimax", "non-saturating"):
        output = LOSSES[name].output(REAL).numpy()
        np.testing.assert_allclose(output, [0.6224593, 0.8807971], rtol=1e-6)
    for name in ("least-squares", "hinge", "wgan-gp"):
        np.testing.assert_array_equal(LOSSES[name].output(REAL), [0.5, 2.0])


def test_an_unknown_loss_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean least-squares"):
        look_up("loss.name", "least-square", LOSSES)
