"""Networks that are told the class of an image."""

from contextlib import nullcontext

import numpy as np
import paddle
import pytest

from lsgan import random
from lsgan.config import ModelSection
from lsgan.errors import ConfigError
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.conditioning import ClassEmbedding, conditional_score
from lsgan.networks.initial import initialise
from lsgan.networks.latents import Latents
from lsgan.ops.methods import training_kernels
from lsgan.ops.onednn_library import is_available

CLASSES = {"forest": 1, "glacier": 3}
SMALL = {"size": 32, "base_channels": 4, "latent_dim": 8}
MODEL = ModelSection(**SMALL, classes=CLASSES)


def test_latents_hold_a_class_each_as_often_as_it_is_in_the_data_set() -> None:
    numbers = Latents(MODEL)
    drawn = numbers.draw(random.stream(0, "test"), 4000)
    assert drawn.shape == (4000, 10)
    assert (drawn[:, 8:].sum(1) == 1).all()
    assert drawn[:, 8:].mean(0) == pytest.approx([0.25, 0.75], abs=0.03)
    # The numbers are those of a model without classes.
    plain = Latents(ModelSection(**SMALL))
    np.testing.assert_array_equal(numbers.of([3, 7])[:, :8], plain.of([3, 7]))
    np.testing.assert_array_equal(numbers.of([3, 7], 0.5)[:, :8], plain.of([3, 7], 0.5))
    assert (numbers.of([3, 7], 0.5)[:, 8:].sum(1) == 1).all()


def test_a_class_can_be_chosen_and_a_grid_has_a_row_of_each() -> None:
    numbers = Latents(MODEL)
    latents = numbers.of(range(3))
    chosen = numbers.of_class(latents, "glacier")
    np.testing.assert_array_equal(chosen[:, :8], latents[:, :8])
    assert chosen[:, 8:].tolist() == [[0, 1]] * 3
    grid = numbers.grid(64, 3)
    assert grid[:, 8:].tolist() == [[1, 0]] * 3 + [[0, 1]] * 3
    np.testing.assert_array_equal(grid[:3, :8], grid[3:, :8])
    with pytest.raises(ConfigError, match=r"--class is 'glacer', .* did you mean glacier"):
        numbers.of_class(latents, "glacer")


def test_between_two_classes_an_interpolation_changes_evenly() -> None:
    numbers = Latents(MODEL)
    ends = np.concatenate([numbers.of_class(numbers.of([0]), name) for name in CLASSES])
    path = numbers.closed_interpolation(ends, 10)
    assert path.shape == (20, 10)
    assert path[0, 8:].tolist() == [1, 0]
    assert path[10, 8:].tolist() == [0, 1]
    np.testing.assert_allclose(path[:, 8:].sum(1), 1, rtol=1e-6)
    assert (np.diff(path[:11, 9]) > 0).all()


@pytest.mark.parametrize("name", ["dcgan", "fastgan", "vae"])
def test_a_generators_image_depends_on_the_class(name: str) -> None:
    model = ModelSection(**SMALL, generator=name, classes=CLASSES)
    generator = build_generator(model)
    initialise(generator, 0, "generator", 0.3)
    generator.eval()
    numbers = Latents(model)
    one, other = (
        generator(paddle.to_tensor(numbers.of_class(numbers.of([5]), each))) for each in CLASSES
    )
    assert one.shape == [1, 3, 32, 32]
    assert float((one - other).abs().mean()) > 1e-3
    real = paddle.zeros([2, 3, 32, 32])
    assert (
        generator.forward_train(real, paddle.to_tensor(numbers.of([1, 2])))[0].shape == real.shape
    )


def test_the_embedding_begins_small_beside_the_latents() -> None:
    layer = ClassEmbedding(ModelSection(latent_dim=100, classes={str(n): 1 for n in range(10)}))
    initialise(paddle.nn.Sequential(layer), 0, "generator", 0.02)
    assert float(layer.weight.std()) == pytest.approx(0.1, abs=0.01)
    latents = Latents(ModelSection(latent_dim=100, classes={str(n): 1 for n in range(10)})).of([1])
    made = layer(paddle.to_tensor(latents)).numpy()
    place = latents[0, 100:].argmax()
    np.testing.assert_allclose(
        made[0], [*latents[0, :100], *layer.weight.numpy()[place]], rtol=1e-6
    )


def test_a_score_is_that_of_any_class_and_that_of_its_own() -> None:
    scores = paddle.to_tensor([[1.0, 10.0, 20.0], [2.0, 30.0, 40.0]])
    classes = paddle.to_tensor([[1.0, 0.0], [0.0, 1.0]])
    assert conditional_score(scores, classes).tolist() == [[11.0], [42.0]]
    assert conditional_score(scores[:, :1], None).tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_discriminators_score_depends_on_the_class(norm: str) -> None:
    model = ModelSection(**SMALL, discriminator_norm=norm, classes=CLASSES)
    discriminator = build_discriminator(model)
    initialise(discriminator, 0, "discriminator", 0.3)
    images = paddle.to_tensor(np.random.default_rng(0).random((2, 3, 32, 32), np.float32))
    classes = paddle.eye(2)
    one, other = discriminator(images, classes), discriminator(images, classes.flip(0))
    assert one.shape == [2]
    assert float((one - other).abs().min()) > 1e-3
    for context in (nullcontext(), training_kernels("float32")):
        with context if is_available() else nullcontext():
            both = discriminator.scores_of_both(images, images, classes)
        for scores in both:
            np.testing.assert_allclose(scores.numpy(), one.numpy(), rtol=1e-4, atol=1e-4)
