import numpy as np
import paddle

from lsgan.networks.layer_norm import LayerNorm


def test_each_image_has_mean_0_and_variance_1_by_itself() -> None:
    images = paddle.randn([3, 5, 4, 6]) * paddle.to_tensor([1.0, 20.0, 0.3]).reshape([3, 1, 1, 1])
    values = images.numpy()
    mean, variance = values.mean((1, 2, 3), keepdims=True), values.var((1, 2, 3), keepdims=True)
    found = LayerNorm()(images + 7).numpy()
    np.testing.assert_allclose(found, (values - mean) / np.sqrt(variance + 1e-5), atol=1e-4)
