"""The switch that gives the work to Paddle's own layers."""

from pathlib import Path

import numpy as np
import paddle
import pytest
from paddle.static import InputSpec

from lsgan.cli import doctor_report
from lsgan.networks import build_generator
from lsgan.ops import same
from lsgan.ops.same import SameConvolution


def test_the_variable_turns_the_kernels_off(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, images = SameConvolution(3, 8), paddle.rand([2, 3, 16, 16])
    own = layer(images).numpy()
    monkeypatch.setattr(same, "convolution_by", lambda *_: pytest.fail("a kernel was used"))
    monkeypatch.setenv("LSGAN_KERNELS", "paddle")
    np.testing.assert_allclose(layer(images).numpy(), own, atol=1e-5)
    assert "Paddle's, since LSGAN_KERNELS is paddle" in doctor_report._kernels()
    monkeypatch.delenv("LSGAN_KERNELS")
    assert "lsgan's own" in doctor_report._kernels()


@pytest.mark.parametrize("generator", ["dcgan", "fastgan"])
def test_a_traced_network_has_paddles_layers(tmp_path: Path, generator: str) -> None:
    network = build_generator(generator=generator, size=64, base_channels=4, upsampling="nearest")
    network.eval()
    latents = paddle.randn([3, 100])
    with paddle.no_grad():
        expected = network(latents).numpy()
    path = str(tmp_path / "network")
    paddle.jit.save(network, path, input_spec=[InputSpec([None, 100], "float32")])
    found = paddle.jit.load(path)(latents).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)
