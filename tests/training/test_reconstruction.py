"""What a generator minimises beside its objective, by hand."""

import paddle
import pytest

from lsgan.config import ObjectiveSection
from lsgan.domains.pairs import Pairs
from lsgan.training.reconstruction import Reconstruction

MADE = paddle.to_tensor([[0.0, 1.0], [0.5, -1.0]])
REAL = paddle.to_tensor([[0.0, 0.0], [0.0, 1.0]])


def test_each_distance_has_its_weight() -> None:
    # |0| + |1| + |½| + |−2| over four, 0 + 1 + ¼ + 4 over four
    for settings, expected in (
        ({"l1": 100.0}, 87.5),
        ({"l2": 2.0}, 2.625),
        ({"l1": 1.0, "l2": 1.0, "kl": 0.5}, 0.875 + 1.3125 + 1.5),
        ({}, 0.0),
    ):
        found = Reconstruction(ObjectiveSection(**settings)).of(MADE, REAL, 3.0)
        assert float(found) == pytest.approx(expected)


def test_of_a_pair_only_what_is_made_counts() -> None:
    given = paddle.rand([2, 2])
    pairs = [paddle.concat([given, side], 1) for side in (MADE, REAL)]
    halves = [Pairs().generated(pair) for pair in pairs]
    found = Reconstruction(ObjectiveSection(l1=100.0)).of(*halves, paddle.zeros([]))
    assert float(found) == pytest.approx(87.5)
