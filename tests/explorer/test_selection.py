"""What is selected on the page, without a page."""

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan import pretrained
from lsgan.config import config_files
from lsgan.errors import ConfigError
from lsgan.explorer.selection import Explorer, Selection
from lsgan.inference.generator import Generator
from lsgan.inference.sampling import open_generator
from lsgan.io.images import is_marked
from lsgan.latent_space.directions import default_file, open_directions
from lsgan.networks import build_generator
from tests.conftest import SMALL


@pytest.fixture
def explorer(trained: Path) -> Explorer:
    generator = open_generator(trained)
    return Explorer(generator, open_directions(default_file(trained), generator))


def test_an_image_is_that_of_lsgan_sample(explorer: Explorer) -> None:
    sampled = explorer.generator.render(explorer.generator.latents([3, 5], 0.5, "lake"))
    chosen = Selection(3, "lake", 0.5)
    # Of a batch of another size a product may be rounded otherwise.
    np.testing.assert_allclose(explorer.image(chosen)[0].astype(int), sampled[0], atol=1)
    np.testing.assert_allclose(explorer.images([5], chosen)[0].astype(int), sampled[1], atol=1)


def test_a_grid_is_rendered_part_by_part(explorer: Explorer) -> None:
    images = explorer.images(range(19), Selection(0))
    assert images.shape == (19, 3, 32, 32)
    np.testing.assert_allclose(images[18].astype(int), explorer.image(Selection(18))[0], atol=1)


def test_everything_that_is_selected_changes_the_latent(explorer: Explorer) -> None:
    plain = explorer.latents(Selection(3, "lake"))
    assert explorer.directions is not None
    dim = explorer.directions.vectors.shape[1]
    moved = explorer.latents(Selection(3, "lake", amounts=(("warmth", 2.0), ("pc1", 0.0))))
    shift = np.zeros_like(plain)
    shift[0, :dim] = 2 * explorer.directions.vectors[1]
    np.testing.assert_allclose(moved, plain + shift, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        explorer.latents(Selection(3, "lake", 0.5))[:, :dim], plain[:, :dim] / 2, rtol=1e-6
    )
    other = explorer.latents(Selection(4, "lake"))
    mixed = explorer.latents(Selection(3, "lake", other_seed=4, share=1))
    np.testing.assert_allclose(mixed, other, rtol=1e-5, atol=1e-6)
    half = explorer.latents(Selection(3, "lake", other_seed=4, share=0.5))[:, :dim]
    gaps = [np.linalg.norm(half - each[:, :dim]) for each in (plain, other)]
    assert abs(gaps[0] - gaps[1]) < 0.3 * sum(gaps)
    photograph = explorer.latents(Selection(7))
    kept = Selection(3, photograph=photograph, truncation=0.5)
    np.testing.assert_array_equal(explorer.latents(kept), photograph)
    wood = explorer.latents(Selection(3, "wood", photograph=photograph))
    np.testing.assert_array_equal(wood[:, :dim], photograph[:, :dim])
    np.testing.assert_array_equal(wood[:, dim:], [[0, 1]])


def test_a_selection_in_words(explorer: Explorer) -> None:
    everything = Selection(3, "lake", 0.5, 4, 0.25, (("warmth", -1.5), ("pc1", 0)))
    assert explorer.words(everything) == "seed 3 · truncation 0.5 · 25% of seed 4 · warmth -1.5"
    assert explorer.words(Selection(3, "lake")) == "seed 3 · lake"
    own = explorer.words(Selection(3))
    assert own in ("seed 3 · lake", "seed 3 · wood")
    photograph = explorer.latents(Selection(7, "wood"))
    words = explorer.words(Selection(3, photograph=photograph, truncation=0.5))
    assert words == "nearest to your photograph · wood"


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_walk_loops_through_its_seeds(explorer: Explorer, kind: str) -> None:
    content = explorer.walk([1, 2, 3], Selection(0, "wood"), 4, f".{kind}")
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == (kind.upper(), (32, 32))
        assert is_marked(image)
        assert 3 <= image.n_frames <= 12
        assert image.info["loop"] == 0
    with pytest.raises(ConfigError, match="two seeds"):
        explorer.walk([1], Selection(0), 4, ".gif")
    with pytest.raises(ConfigError, match="more than 600 frames"):
        explorer.walk(range(100), Selection(0), 24, ".gif")


def test_sliders_are_answered_while_a_photograph_is_projected(
    explorer: Explorer, landscapes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "find", lambda *_, **__: None)
    steps: list[tuple[int, int]] = []
    answered: list[int] = []

    def ask() -> None:
        explorer.image(Selection(1))
        answered.append(len(steps))

    asking = threading.Thread(target=ask)

    def on_step(done: int, count: int) -> None:
        steps.append((done, count))
        if done == 1:
            asking.start()

    found = explorer.project(landscapes[:1], on_step)
    asking.join()
    assert steps[0] == (1, steps[0][1])
    assert steps[-1] == (steps[0][1], steps[0][1])
    assert answered[0] < len(steps)
    assert found.latents.shape == explorer.latents(Selection(0)).shape
    # What is searched for is nearer than a seed taken by chance.
    pixels = landscapes[0].astype(float)
    gaps = [
        np.abs(each[0] - pixels).mean() for each in (found.images, explorer.image(Selection(1)))
    ]
    assert gaps[0] < gaps[1]


@pytest.mark.parametrize("name", ["kanas.yaml", "kanas-projected.yaml", "vae.yaml"])
def test_networks_of_all_kinds(name: str) -> None:
    changes = [each for each in SMALL if each.startswith("model.")]
    config = config_files.load(config_files.find(name), changes)
    explorer = Explorer(Generator(build_generator(config.model), config, "", "untrained"), None)
    assert explorer.image(Selection(1)).shape == (1, 3, 32, 32)
    assert explorer.can_truncate == (config.model.latent_distribution == "normal")
    explorer.image(Selection(1, truncation=0.5))


def test_curves_are_refused() -> None:
    config = config_files.load(config_files.find("sines.yaml"))
    generator = Generator(build_generator(config.model), config, "", "sines")
    with pytest.raises(ConfigError, match="makes curves, not images"):
        Explorer(generator, None)
