"""The gradient penalty, against slopes worked by hand and by differences."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.arrays import Tensor
from lsgan.config import ModelSection
from lsgan.networks import build_discriminator
from lsgan.networks.initial import initialise
from lsgan.training.gradient_penalty import GradientPenalty


class Plane(nn.Layer):
    """Scores that rise evenly, by `slopes` for each value of an image."""

    def __init__(self, slopes: Tensor) -> None:
        super().__init__()
        self.slopes = self.create_parameter(
            slopes.shape, default_initializer=nn.initializer.Assign(slopes)
        )

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
        return (images.reshape([images.shape[0], -1]) * self.slopes).sum(1)


def images(count: int, size: int = 2) -> Tensor:
    return paddle.randn([count, 1, size, size])


def test_a_plane_has_its_slope_everywhere() -> None:
    discriminator = Plane(paddle.to_tensor([[0.0, 3.0, 0.0, 4.0]]))
    penalty = GradientPenalty(10.0)(discriminator, images(3), images(3), paddle.rand([3]))
    # 10·(5 − 1)²
    assert float(penalty) == pytest.approx(160)
    penalty.backward()
    # 10·2·(5 − 1)·slopes/5
    found = discriminator.slopes.grad.numpy()
    np.testing.assert_allclose(found, [[0, 48, 0, 64]], rtol=1e-5)


def test_it_looks_between_the_real_and_the_generated_image() -> None:
    class Bowl(nn.Layer):
        """Scores whose slope at an image is the image itself."""

        def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
            return 0.5 * images.square().sum([1, 2, 3])

    real, fake = paddle.full([3, 1, 2, 2], 4.0), paddle.full([3, 1, 2, 2], 1.0)
    alpha = paddle.to_tensor([0.0, 1.0, 0.5])
    # Slopes of length 2, 8 and 5, in a space of four dimensions.
    penalty = GradientPenalty(1.0)(Bowl(), real, fake, alpha)
    assert float(penalty) == pytest.approx((1 + 49 + 16) / 3)


def test_of_scores_for_patches_the_slope_is_that_of_their_mean() -> None:
    class Patches(nn.Layer):
        """A score for each pixel, four times it."""

        def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
            return 4 * images.squeeze(1)

    # The mean of four rises by 1 with each of four values: a slope of length 2.
    penalty = GradientPenalty(1.0)(Patches(), images(3), images(3), paddle.rand([3]))
    assert float(penalty) == pytest.approx(1)


@pytest.mark.parametrize(
    "settings",
    [
        {"discriminator_dropout": 0.3},
        {"spectral_norm": True},
        {"downsampling": "average"},
        {"kernel_size": 5},
        {"discriminator": "patch", "spectral_norm": True},
        {"discriminator": "mlp", "spectral_norm": True, "discriminator_dropout": 0.3},
    ],
)
def test_every_kind_of_discriminator_can_be_punished(settings: dict[str, object]) -> None:
    model = ModelSection(size=32, base_channels=4, discriminator_norm="none", **settings)
    discriminator = build_discriminator(model)
    initialise(discriminator, 0, "discriminator", 0.1)
    shape = {"patch": [2, 6, 32, 32], "mlp": [2, 15]}.get(model.discriminator, [2, 3, 32, 32])
    given = [paddle.randn(shape) for _ in range(2)]
    GradientPenalty(10.0)(discriminator, *given, paddle.rand([2])).backward()
    gradients = [weight.grad for weight in discriminator.parameters() if weight.grad is not None]
    assert any(float(gradient.abs().max()) > 0 for gradient in gradients)
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


@pytest.mark.parametrize("norm", ["layer", "none"])
@pytest.mark.parametrize("base_channels", [4, 16], ids=["patches", "winograd"])
def test_its_gradient_by_the_weights_is_that_of_differences(norm: str, base_channels: int) -> None:
    # Nearly no bend in the activation: at a bend the penalty jumps, and differences are chance.
    model = ModelSection(
        size=32,
        channels=1,
        base_channels=base_channels,
        discriminator_norm=norm,
        leaky_slope=0.9999,
    )
    discriminator = build_discriminator(model)
    initialise(discriminator, 0, "discriminator", 0.05)
    paddle.seed(0)
    real, fake, alpha = images(4, 32), images(4, 32), paddle.rand([4])

    def penalty() -> Tensor:
        return GradientPenalty(1.0)(discriminator, real, fake, alpha)

    penalty().backward()
    checked = 0
    for weight in discriminator.parameters():
        length = 0.0 if weight.grad is None else float(weight.grad.norm())
        if not length:
            continue
        direction = weight.grad / length
        step = 3e-3 * (float(weight.norm()) or 1.0)
        ends = []
        with paddle.no_grad():
            before = weight.clone()
            for sign in (1, -1):
                weight.set_value(before + sign * step * direction)
                with paddle.enable_grad():
                    ends.append(float(penalty()))
            weight.set_value(before)
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(length, rel=0.01)
        checked += 1
    assert checked == (7 if norm == "layer" else 4)


def test_images_in_short_precision_are_looked_at_in_float32() -> None:
    discriminator = Plane(paddle.full([1, 4], 300.0))
    given = [images(3).astype("float16") for _ in range(2)]
    penalty = GradientPenalty(1.0)(discriminator, *given, paddle.rand([3]))
    assert float(penalty) == pytest.approx((600 - 1) ** 2)


def test_without_a_weight_there_is_none() -> None:
    assert GradientPenalty(0)(Plane(paddle.ones([1, 4])), *[images(1)] * 2, None) == 0
