from pathlib import Path

import numpy as np
import paddle
import pytest
from PIL import Image

from lsgan.checkpoints.run import Run
from lsgan.config import Config, ModelSection
from lsgan.errors import ConfigError, RunError
from lsgan.inference import sampling
from lsgan.inference.generator import render
from lsgan.inference.latent_set import of_seeds, parse_seeds
from lsgan.metrics import monitor_of
from lsgan.networks import build_generator
from lsgan.networks.latents import Latents
from lsgan.tasks.unconditional import UnconditionalImages
from lsgan.training.train import train

LATENTS = Latents(ModelSection())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pack: Path) -> Path:
    from lsgan.config import config_files
    from tests.conftest import SMALL

    out = tmp_path_factory.mktemp("runs") / "run"
    config: Config = config_files.load(config_files.find("kanas.yaml"), SMALL)
    train(config_files.with_data(config, pack), out, "cpu", progress=False)
    return out


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("base_channels", [4, 64])
def test_a_seeds_image_does_not_depend_on_the_batch(base_channels: int) -> None:
    generator = build_generator(ModelSection(base_channels=base_channels))
    generator.eval()
    together = render(generator, UnconditionalImages(), LATENTS.of(range(70)))
    assert together.shape == (70, 3, 64, 64)
    for seeds in ([37], [69, 37, 2], range(30, 69)):
        alone = render(generator, UnconditionalImages(), LATENTS.of(list(seeds)))
        np.testing.assert_array_equal(alone, together[list(seeds)])


def test_pixels_are_the_networks_values_on_0_to_255() -> None:
    class Ramp(paddle.nn.Layer):
        def forward(self, latents: paddle.Tensor) -> paddle.Tensor:
            return latents.reshape([-1, 1, 1, 5])

    values = np.array([[-1.0, -0.999, 0.0, 0.5, 1.0]], np.float32)
    # 127.5·(value + 1), rounded to the nearest, a half to the even.
    assert render(Ramp(), UnconditionalImages(), values).ravel().tolist() == [0, 0, 128, 191, 255]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0-3", [0, 1, 2, 3]), ("7", [7]), ("3, 8,20-22", [3, 8, 20, 21, 22]), ("5-5", [5])],
)
def test_seeds_are_numbers_and_ranges(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "3-", "-3", "9-3", "1,,2", "0-99999999999", "1.5"])
def test_other_seeds_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        parse_seeds(text)


def test_a_checkpoint_file_alone_is_enough(run: Path, tmp_path: Path) -> None:
    name = "step-00000006.safetensors"
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "mine.safetensors"
    copy.write_bytes((run / "checkpoints" / name).read_bytes())
    from_file, from_run = (
        sampling.write_grid(generator, of_seeds(generator, range(4)), tmp_path, 2, 1)
        for generator in (sampling.open_generator(copy), sampling.open_generator(run, "6"))
    )
    assert from_file.name == "mine-seeds-0-3.png"
    np.testing.assert_array_equal(pixels(from_file), pixels(from_run))
    assert pixels(from_file).shape == (66, 66, 3)


def test_best_latest_and_steps(run: Path) -> None:
    best = Run(run).best(monitor_of("frechet"))
    assert best is not None
    assert sampling.open_generator(run).name == best.path.stem
    assert sampling.open_generator(run, "latest").name == "step-00000006"
    assert sampling.open_generator(run, "3").name == "step-00000003"
    for which in ("5", "worst", "-3"):
        with pytest.raises(RunError, match="these steps: 3, 6"):
            sampling.open_generator(run, which)


def test_singles_are_the_images_of_the_grid(run: Path, tmp_path: Path) -> None:
    generator = sampling.open_generator(run)
    folder = sampling.write_singles(generator, of_seeds(generator, [2, 9]), tmp_path, 3)
    assert [path.name for path in sorted(folder.iterdir())] == [
        "seed-000002.png",
        "seed-000009.png",
    ]
    grid = pixels(sampling.write_grid(generator, of_seeds(generator, [2, 9]), tmp_path, 8, 1))
    single = pixels(folder / "seed-000009.png")
    assert single.shape == (96, 96, 3)
    np.testing.assert_array_equal(single[::3, ::3], grid[:, 34:])


def test_an_interpolation_is_a_looping_gif(run: Path, tmp_path: Path) -> None:
    generator = sampling.open_generator(run)
    ends = of_seeds(generator, [0, 1, 2])
    path = sampling.write_interpolation(generator, ends, 4, tmp_path, 2)
    with Image.open(path) as gif:
        assert (gif.format, gif.n_frames, gif.size, gif.info["loop"]) == ("GIF", 12, (64, 64), 0)


def test_a_grid_and_an_interpolation_go_into_the_file_that_is_named(
    run: Path, tmp_path: Path
) -> None:
    generator = sampling.open_generator(run)
    grid, film = tmp_path / "new" / "grid.png", tmp_path / "film.GIF"
    images = of_seeds(generator, range(4))
    assert sampling.write_grid(generator, images, grid, 2, 1) == grid
    assert sampling.write_interpolation(generator, images, 2, film, 1) == film
    assert Image.open(grid).format == "PNG"
    assert Image.open(film).format == "GIF"
    with pytest.raises(ConfigError, match=r"this makes a \.png file"):
        sampling.write_grid(generator, images, tmp_path / "grid.jpg", 2, 1)
    (tmp_path / "folder.png").mkdir()
    inside = sampling.write_grid(generator, images, tmp_path / "folder.png", 2, 1)
    assert inside.parent == tmp_path / "folder.png"


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no"):
        sampling.open_generator(tmp_path / "missing")
    with pytest.raises(RunError, match="holds no checkpoint"):
        sampling.open_generator(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(RunError, match="damaged"):
        sampling.open_generator(tmp_path / "photo.jpg")


def test_other_seeds_have_another_file_name(run: Path, tmp_path: Path) -> None:
    generator = sampling.open_generator(run)
    names = {
        sampling.write_grid(generator, of_seeds(generator, seeds), tmp_path, 8, 1).name
        for seeds in ([1, 2, 3], [1, 3], [1, 2, 2, 3])
    }
    assert len(names) == 3


def test_a_trainings_grids_become_an_animation_of_it(run: Path, tmp_path: Path) -> None:
    grids = Run(run).grids()
    assert [step for step, _ in grids] == [0, 3, 6]
    path = sampling.write_training(Run(run), tmp_path / "all.apng", 2)
    with Image.open(path) as film, Image.open(grids[1][1]) as grid:
        assert film.size == (2 * grid.width, 2 * grid.height)
        film.seek(1)
        shown = np.asarray(film.convert("RGB"))[::2, ::2]
        np.testing.assert_array_equal(shown, np.asarray(grid.convert("RGB")))
    with pytest.raises(RunError, match="holds no grids"):
        sampling.write_training(Run(tmp_path), tmp_path, 1)
