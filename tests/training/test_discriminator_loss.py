"""DiscriminatorLoss that need not be right, against values worked by hand."""

import numpy as np
import paddle
import pytest

from lsgan.config import Config, LossSection
from lsgan.errors import ConfigError
from lsgan.losses import LOSSES
from lsgan.training.discriminator_loss import DiscriminatorLoss
from lsgan.training.setup import check

REAL, FAKE = paddle.to_tensor([0.5, 2.0]), paddle.to_tensor([-1.0, 3.0])
ALL_RIGHT = paddle.full([2, 2], 0.999)


def loss(name: str, flip_draws: paddle.Tensor, **settings: float) -> float:
    discriminator_loss = DiscriminatorLoss(LOSSES[name], LossSection(**settings))
    return float(discriminator_loss(REAL, FAKE, flip_draws))


def test_right_labels_give_the_loss_itself() -> None:
    # ½·((−½)² + 1²)/2 + ½·((−1)² + 3²)/2
    assert loss("least-squares", ALL_RIGHT) == pytest.approx(2.8125)
    assert loss("least-squares", ALL_RIGHT, label_noise=0.3) == pytest.approx(2.8125)


def test_one_sided_smoothing_moves_what_is_wanted_of_real_images_alone() -> None:
    # 0.9·½(x − 1)² + 0.1·½x² is ½(x − 0.9)² + 0.045: D shall answer 0.9.
    expected = 0.5 * ((0.5 - 0.9) ** 2 + (2 - 0.9) ** 2) / 2 + 0.045 + 2.5
    assert loss("least-squares", ALL_RIGHT, label_smoothing=0.1) == pytest.approx(expected)
    # −0.9·log σ(x) − 0.1·log(1 − σ(x)), whose least is at σ(x) = 0.9.
    discriminator_loss = DiscriminatorLoss(
        LOSSES["non-saturating"], LossSection(label_smoothing=0.1)
    )
    sure = paddle.to_tensor([float(np.log(9))], stop_gradient=False)
    discriminator_loss(sure, paddle.zeros([1]), ALL_RIGHT).backward()
    assert sure.grad.item() == pytest.approx(0, abs=1e-7)


def test_noise_exchanges_the_labels_of_a_share_of_both_kinds() -> None:
    # The second real image and the first generated one are told the other way round.
    flip_draws = paddle.to_tensor([[0.9, 0.1], [0.1, 0.9]])
    expected = 0.5 * ((0.5 - 1) ** 2 + 2**2) / 2 + 0.5 * ((-1 - 1) ** 2 + 3**2) / 2
    assert loss("least-squares", flip_draws, label_noise=0.2) == pytest.approx(expected)
    assert loss("least-squares", flip_draws, label_noise=0.05) == pytest.approx(2.8125)


@pytest.mark.parametrize(
    ("name", "settings", "sure", "guessing"),
    [
        ("least-squares", {}, 0, 0.25),
        ("least-squares-pearson", {}, 0, 1),
        ("minimax", {}, 0, 2 * np.log(2)),
        ("hinge", {}, 0, 2),
        # ½·0.8·0.2 of either kind, at 0.8 and 0.2; who guesses is as wrong as ever.
        ("least-squares", {"label_noise": 0.2}, 0.16, 0.25),
        # ½·0.9·0.1 of the real ones alone; one score for all is the best at 0.9/2.
        ("least-squares", {"label_smoothing": 0.1}, 0.045, 0.045 + 0.45**2),
        # The entropy of 1 in 4, twice.
        ("non-saturating", {"label_noise": 0.25}, 2 * np.log(4) - 1.5 * np.log(3), 2 * np.log(2)),
        ("hinge", {"label_noise": 0.1}, 0.4, 2),
    ],
)
def test_between_what_the_loss_tells_how_well_it_knows(
    name: str, settings: dict[str, float], sure: float, guessing: float
) -> None:
    bounds = DiscriminatorLoss(LOSSES[name], LossSection(**settings)).bounds()
    assert bounds == pytest.approx((sure, guessing), abs=1e-4)


def test_a_distance_has_no_bounds() -> None:
    assert DiscriminatorLoss(LOSSES["wgan-gp"], LossSection()).bounds() is None


def test_all_patches_of_an_image_have_its_label() -> None:
    discriminator_loss = DiscriminatorLoss(LOSSES["least-squares"], LossSection(label_noise=0.2))
    real = paddle.to_tensor([[[0.5, 0.5]], [[2.0, 2.0]]])
    fake = paddle.to_tensor([[[-1.0, -1.0]], [[3.0, 3.0]]])
    flip_draws = paddle.to_tensor([[0.9, 0.1], [0.1, 0.9]])
    one_an_image = discriminator_loss(REAL, FAKE, flip_draws)
    assert float(discriminator_loss(real, fake, flip_draws)) == pytest.approx(float(one_an_image))


@pytest.mark.parametrize("setting", ["label_smoothing", "label_noise"])
def test_where_no_image_has_a_label_they_are_refused(setting: str) -> None:
    config = Config.model_validate(
        {
            "loss": {"name": "wgan-gp", "gradient_penalty_weight": 10, setting: 0.1},
            "model": {"discriminator_norm": "layer"},
        }
    )
    with pytest.raises(ConfigError, match=setting):
        check(config, "cpu")
