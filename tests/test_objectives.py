"""Each objective against values worked by hand."""

import numpy as np
import paddle
import pytest

from lsgan.errors import ConfigError
from lsgan.names import look_up
from lsgan.objectives import OBJECTIVES

REAL, FAKE = paddle.to_tensor([0.5, 2.0]), paddle.to_tensor([-1.0, 3.0])


def test_least_squares_with_the_0_1_coding() -> None:
    objective = OBJECTIVES["least-squares"]
    # ½·((−½)² + 1²)/2 + ½·((−1)² + 3²)/2
    assert float(objective.discriminator_loss(REAL, FAKE)) == pytest.approx(0.3125 + 2.5)
    # ½·((−2)² + 2²)/2
    assert float(objective.generator_loss(FAKE)) == pytest.approx(2.0)


def test_least_squares_with_the_pearson_coding() -> None:
    objective = OBJECTIVES["least-squares-pearson"]
    # ½·((−½)² + 1²)/2 + ½·(0² + 4²)/2
    assert float(objective.discriminator_loss(REAL, FAKE)) == pytest.approx(0.3125 + 4.0)
    # ½·((−1)² + 3²)/2
    assert float(objective.generator_loss(FAKE)) == pytest.approx(2.5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_losses_are_least_where_they_should_be(name: str) -> None:
    objective = OBJECTIVES[name]
    real, fake = (1.0, 0.0) if name == "least-squares" else (1.0, -1.0)
    at = objective.discriminator_loss(paddle.to_tensor([real]), paddle.to_tensor([fake]))
    beside = objective.discriminator_loss(paddle.to_tensor([real + 0.1]), paddle.to_tensor([fake]))
    assert float(at) == 0
    assert float(beside) > 0


@pytest.mark.parametrize("name", OBJECTIVES)
def test_guessing_is_the_least_loss_of_one_answer_to_everything(name: str) -> None:
    objective = OBJECTIVES[name]
    answers = [paddle.to_tensor([answer]) for answer in np.linspace(-2, 2, 401)]
    losses = [float(objective.discriminator_loss(answer, answer)) for answer in answers]
    assert min(losses) == pytest.approx(objective.guessing, abs=1e-6)


def test_an_unknown_objective_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean least-squares"):
        look_up("objective.name", "least-square", OBJECTIVES)
