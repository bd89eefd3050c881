import numpy as np
import paddle
from paddle import nn

from lsgan.networks.batch_norm import estimate_statistics


def test_statistics_become_the_means_over_the_batches() -> None:
    numbers = np.random.default_rng(0)
    batches = [numbers.normal(3, 2, (16, 5, 4, 4)).astype("float32") for _ in range(7)]
    norm = nn.BatchNorm2D(5, momentum=0.5)
    network = nn.Sequential(norm)
    network.train()
    network(paddle.full([16, 5, 4, 4], 100.0))

    estimate_statistics(network, map(paddle.to_tensor, batches))

    means = np.mean([batch.mean((0, 2, 3)) for batch in batches], axis=0)
    variances = np.mean([batch.var((0, 2, 3)) for batch in batches], axis=0)
    np.testing.assert_allclose(norm._mean.numpy(), means, rtol=1e-4)
    np.testing.assert_allclose(norm._variance.numpy(), variances, rtol=6e-3)
    assert norm._momentum == 0.5
    assert not network.training


def test_estimating_twice_changes_nothing() -> None:
    network = nn.Sequential(nn.Conv2D(1, 3, 3), nn.BatchNorm2D(3))
    batches = [paddle.randn([4, 1, 8, 8]) for _ in range(3)]
    estimate_statistics(network, batches)
    first = network[1]._variance.numpy().copy()
    estimate_statistics(network, batches)
    np.testing.assert_array_equal(first, network[1]._variance.numpy())
