"""Each objective against values worked by hand."""

import numpy as np
import paddle
import pytest

from lsgan.errors import ConfigError
from lsgan.names import look_up
from lsgan.objectives import OBJECTIVES, Objective

REAL, FAKE = paddle.to_tensor([0.5, 2.0]), paddle.to_tensor([-1.0, 3.0])


def discriminator_loss(
    objective: Objective, real: paddle.Tensor, fake: paddle.Tensor
) -> paddle.Tensor:
    return objective.real_loss(real).mean() + objective.fake_loss(fake).mean()


def test_least_squares_with_the_0_1_coding() -> None:
    objective = OBJECTIVES["least-squares"]
    # ½·((−½)² + 1²)/2 + ½·((−1)² + 3²)/2
    assert float(discriminator_loss(objective, REAL, FAKE)) == pytest.approx(0.3125 + 2.5)
    # ½·((−2)² + 2²)/2
    assert float(objective.generator_loss(FAKE).mean()) == pytest.approx(2.0)


def test_least_squares_with_the_pearson_coding() -> None:
    objective = OBJECTIVES["least-squares-pearson"]
    # ½·((−½)² + 1²)/2 + ½·(0² + 4²)/2
    assert float(discriminator_loss(objective, REAL, FAKE)) == pytest.approx(0.3125 + 4.0)
    # ½·((−1)² + 3²)/2
    assert float(objective.generator_loss(FAKE).mean()) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("name", "generator_loss"),
    # −(log(1 + e^−1) + log(1 + e³))/2 and (log(1 + e) + log(1 + e^−3))/2
    [("gan", -(0.3132617 + 3.0485874) / 2), ("non-saturating", (1.3132617 + 0.0485874) / 2)],
)
def test_cross_entropy(name: str, generator_loss: float) -> None:
    objective = OBJECTIVES[name]
    # (log(1 + e^−½) + log(1 + e^−2))/2 + (log(1 + e^−1) + log(1 + e³))/2
    expected = (0.4740770 + 0.1269280) / 2 + (0.3132617 + 3.0485874) / 2
    assert float(discriminator_loss(objective, REAL, FAKE)) == pytest.approx(expected)
    assert float(objective.generator_loss(FAKE).mean()) == pytest.approx(generator_loss)


def test_only_the_saturating_generator_learns_nothing_from_a_sure_discriminator() -> None:
    steepness = {}
    for name in ("gan", "non-saturating"):
        sure = paddle.to_tensor([-12.0], stop_gradient=False)
        OBJECTIVES[name].generator_loss(sure).mean().backward()
        steepness[name] = sure.grad.item()
    # −σ(−12) and −(1 − σ(−12))
    assert steepness["gan"] == pytest.approx(-6.144e-6, rel=1e-3)
    assert steepness["non-saturating"] == pytest.approx(-1, rel=1e-4)


def test_wasserstein() -> None:
    objective = OBJECTIVES["wgan-gp"]
    # (−1 + 3)/2 − (½ + 2)/2
    assert float(discriminator_loss(objective, REAL, FAKE)) == pytest.approx(-0.25)
    assert float(objective.generator_loss(FAKE).mean()) == pytest.approx(-1.0)


def test_hinge() -> None:
    objective = OBJECTIVES["hinge"]
    # (½ + 0)/2 + (0 + 4)/2
    assert float(discriminator_loss(objective, REAL, FAKE)) == pytest.approx(2.25)
    assert float(objective.generator_loss(FAKE).mean()) == pytest.approx(-1.0)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_discriminator_that_tells_them_apart_has_less_loss_than_one_that_guesses(
    name: str,
) -> None:
    objective = OBJECTIVES[name]
    apart = discriminator_loss(objective, paddle.to_tensor([0.9]), paddle.to_tensor([0.1]))
    mistaken = discriminator_loss(objective, paddle.to_tensor([0.1]), paddle.to_tensor([0.9]))
    assert float(apart) < float(mistaken)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_generator_wants_scores_as_real_images_have_them(name: str) -> None:
    fake = paddle.to_tensor([-0.5], stop_gradient=False)
    OBJECTIVES[name].generator_loss(fake).mean().backward()
    assert fake.grad.item() < 0


def test_answers_are_probabilities_where_scores_are_logits() -> None:
    # σ(½) and σ(2)
    for name in ("gan", "non-saturating"):
        answers = OBJECTIVES[name].answers(REAL).numpy()
        np.testing.assert_allclose(answers, [0.6224593, 0.8807971], rtol=1e-6)
    for name in ("least-squares", "hinge", "wgan-gp"):
        np.testing.assert_array_equal(OBJECTIVES[name].answers(REAL), [0.5, 2.0])


def test_an_unknown_objective_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean least-squares"):
        look_up("objective.name", "least-square", OBJECTIVES)
