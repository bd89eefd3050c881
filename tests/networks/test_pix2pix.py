"""The U-Net and the PatchGAN, by what they give and what they see."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.config import ModelSection
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.dropout import Dropout
from lsgan.networks.initial import initialise


def model(**settings: object) -> ModelSection:
    chosen = {"generator": "unet", "discriminator": "patch", "discriminator_norm": "instance"}
    return ModelSection(**chosen | {"base_channels": 4, "size": 64} | settings)


@pytest.mark.parametrize("size", [32, 128, 256])
def test_pairs_are_the_given_image_and_one_in_range(size: int) -> None:
    generator = build_generator(model(size=size))
    given = paddle.rand([2, 3, size, size]) * 2 - 1
    pairs = generator(given)
    assert pairs.shape == [2, 6, size, size]
    assert paddle.equal_all(pairs[:, :3], given)
    assert float(pairs[:, 3:].abs().max()) <= 1
    produced, cost = generator.forward_train(paddle.concat([given, given], 1), paddle.zeros([2, 8]))
    assert produced.shape == pairs.shape
    assert cost == 0


def test_the_layers_are_the_papers() -> None:
    generator = build_generator(model(size=256, base_channels=64))
    down = [layer for layer in generator.down.sublayers() if isinstance(layer, nn.Conv2D)]
    up = [layer for layer in generator.up.sublayers() if isinstance(layer, nn.Conv2DTranspose)]
    # C64-C128-C256-C512-C512-C512-C512-C512, and on the way up twice as many go in.
    assert [layer.weight.shape[0] for layer in down] == [64, 128, 256, *[512] * 5]
    assert [layer.weight.shape[0] for layer in up] == [512, *[1024] * 4, 512, 256, 128]
    assert [layer.weight.shape[1] for layer in up] == [512] * 4 + [256, 128, 64, 3]
    dropouts = [layer for layer in generator.sublayers() if isinstance(layer, Dropout)]
    assert [layer.share for layer in dropouts] == [0.5] * 3
    # The paper's 54 million, less biases that norms would take away.
    assert sum(int(p.size) for p in generator.parameters()) == pytest.approx(54.4e6, rel=0.01)


def test_every_skip_connection_is_used() -> None:
    generator = build_generator(model())
    initialise(generator, 0, "generator", 0.1)
    generator.eval()
    given = paddle.rand([1, 3, 64, 64])
    before = generator(given)
    for layer in generator.down:
        hook = layer.register_forward_post_hook(lambda *_: _[-1] * 1.5)
        assert not paddle.allclose(generator(given)[:, 3:], before[:, 3:])
        hook.remove()


def test_a_single_pixel_is_not_normalised_away() -> None:
    generator = build_generator(model())
    initialise(generator, 0, "generator", 0.2)
    innermost = []
    generator.down[-1].register_forward_post_hook(lambda *_: innermost.append(_[-1]))
    generator(paddle.rand([2, 3, 64, 64]))
    assert innermost[0].shape[2:] == [1, 1]
    assert float(innermost[0].abs().max()) > 0


def test_a_score_sees_seventy_pixels() -> None:
    discriminator = build_discriminator(model(size=256, discriminator_norm="none"))
    pairs = paddle.rand([1, 6, 256, 256])
    pairs.stop_gradient = False
    scores = discriminator(pairs)
    assert scores.shape == [1, 30, 30]
    scores[0, 15, 15].backward()
    seen = np.argwhere(np.abs(pairs.grad.numpy()[0]).sum(0) > 0)
    assert (seen.max(0) - seen.min(0) + 1).tolist() == [70, 70]
    # Of both images of the pair.
    assert all(np.abs(pairs.grad.numpy()[0, channel]).max() > 0 for channel in range(6))


def test_grey_pairs() -> None:
    generator = build_generator(model(channels=1, size=32))
    assert generator(paddle.zeros([1, 1, 32, 32])).shape == [1, 2, 32, 32]
    assert build_discriminator(model(channels=1))(paddle.zeros([1, 2, 64, 64])).shape == [1, 6, 6]
