"""What a generator minimises beside its loss, by hand."""

import paddle
import pytest

from lsgan.config import LossSection
from lsgan.tasks.image_to_image import ImageToImage
from lsgan.training.auxiliary_loss import AuxiliaryLoss

MADE = paddle.to_tensor([[0.0, 1.0], [0.5, -1.0]])
REAL = paddle.to_tensor([[0.0, 0.0], [0.0, 1.0]])


def test_each_distance_has_its_weight() -> None:
    # |0| + |1| + |½| + |−2| over four, 0 + 1 + ¼ + 4 over four
    for settings, expected in (
        ({"l1_weight": 100.0}, 87.5),
        ({"l2_weight": 2.0}, 2.625),
        ({"l1_weight": 1.0, "l2_weight": 1.0, "kl_weight": 0.5}, 0.875 + 1.3125 + 1.5),
        ({}, 0.0),
    ):
        found = AuxiliaryLoss(LossSection(**settings))(MADE, REAL, 3.0)
        assert float(found) == pytest.approx(expected)


def test_of_a_pair_only_what_is_made_counts() -> None:
    given = paddle.rand([2, 2])
    pairs = [paddle.concat([given, side], 1) for side in (MADE, REAL)]
    halves = [ImageToImage().generated_part(pair) for pair in pairs]
    found = AuxiliaryLoss(LossSection(l1_weight=100.0))(*halves, paddle.zeros([]))
    assert float(found) == pytest.approx(87.5)
