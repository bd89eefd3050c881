"""`lsgan sample --input`: images made of images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lsgan.cli import app
from lsgan.config import config_files
from lsgan.errors import ConfigError, LsganError
from lsgan.inference import image_to_image
from lsgan.inference.sampling import open_generator
from lsgan.training.train import train
from tests.config.test_configurations import tiny
from tests.data.samples import photographs, texture


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pack: Path, pairs: Path) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    config = tiny("pix2pix-facades.yaml", pack, pairs, folder)
    config = config_files.change(config, ["train.steps=2"])
    train(config, folder / "run", "cpu", progress=False)
    return folder / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = photographs(tmp_path / "maps", 3, ".png")
    (source / "inner").mkdir()
    texture(50, 90, 70).save(source / "inner" / "0000.png")
    texture(51).save(source / "0001.jpg")
    (source / "notes.jpg").write_text("no image")
    return source


def sampled(*words: object) -> str:
    answer = CliRunner().invoke(app, ["sample", *map(str, words)])
    if answer.exception:
        raise answer.exception
    return answer.output


def test_a_sheet_shows_each_image_beside_what_is_made_of_it(
    run: Path, folder: Path, tmp_path: Path
) -> None:
    output = sampled(run, "--input", folder, "--out", tmp_path / "out")
    assert "left out: notes.jpg: the file is no image" in output
    assert "5 images" in output
    (path,) = (tmp_path / "out").iterdir()
    assert str(path) in output
    with Image.open(path) as image:
        assert image.size == (8 * 34 - 2, 2 * 34 - 2)
        first = np.asarray(image)[:32, :32]
    with Image.open(folder / "0000.png") as given:
        expected = np.asarray(given.resize((32, 32), Image.Resampling.LANCZOS))
    np.testing.assert_allclose(first, expected, atol=1)


def test_single_images_are_named_as_those_they_are_made_of(
    run: Path, folder: Path, tmp_path: Path
) -> None:
    sampled(run, "--input", folder, "--out", tmp_path / "out", "--singles", "--upscale", 2)
    (out,) = (tmp_path / "out").iterdir()
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert names == ["0000.png", "0001.jpg.png", "0001.png.png", "0002.png", "inner/0000.png"]
    with Image.open(out / "0000.png") as image:
        assert image.size == (64, 64)


def test_what_is_made_does_not_depend_on_the_other_images(
    run: Path, folder: Path, tmp_path: Path
) -> None:
    sampled(run, "--input", folder, "--out", tmp_path / "all", "--singles")
    sampled(run, "--input", folder / "0002.png", "--out", tmp_path / "one", "--singles")
    (alone,) = (tmp_path / "one").rglob("*.png")
    (among,) = (tmp_path / "all").rglob("0002.png")
    assert alone.read_bytes() == among.read_bytes()


def test_of_packed_pairs_the_target_is_shown_too(run: Path, pairs: Path, tmp_path: Path) -> None:
    output = sampled(run, "--input", pairs, "--out", tmp_path, "--columns", 6)
    assert "40 images" in output
    (path,) = tmp_path.glob("*.png")
    with Image.open(path) as image:
        assert image.size == (6 * 34 - 2, 20 * 34 - 2)
        pixels = np.asarray(image)
    rows = np.load(pairs / "images.npy")
    np.testing.assert_array_equal(pixels[:32, :32], rows[0, :3].transpose(1, 2, 0))
    np.testing.assert_array_equal(pixels[:32, 68:100], rows[0, 3:].transpose(1, 2, 0))


def test_more_images_than_a_sheet_holds(
    run: Path, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_to_image, "_ON_A_SHEET", 4)
    monkeypatch.setattr(image_to_image, "_AT_ONCE", 7)
    output = sampled(run, "--input", pairs, "--out", tmp_path)
    assert "only the first 4 are on the sheet; --singles takes all" in output
    assert "4 images of" in output
    assert "40 images" in sampled(run, "--input", pairs, "--out", tmp_path, "--singles")
    assert len(list(tmp_path.glob("*/pair-*.png"))) == 40


def test_bad_input_is_said_in_one_line(run: Path, pack: Path, tmp_path: Path, folder: Path) -> None:
    for words, said in (
        ((run,), "makes images of images, and has no latents. Name the images with --input"),
        ((run, "--input", folder, "--seeds", "0-3"), "both say which images"),
        ((run, "--input", tmp_path / "missing"), "no file or folder"),
        ((run, "--input", pack), "is of images, and unet makes images of images"),
    ):
        with pytest.raises(LsganError, match=said):
            sampled(*words)
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").write_text("no image")
    with pytest.raises(LsganError, match="there is no image in"):
        sampled(run, "--input", tmp_path / "none")


def test_a_generator_of_latents_takes_no_images(small, folder: Path, tmp_path: Path) -> None:
    config = config_files.change(small, ["train.steps=1"])
    train(config, tmp_path / "run", "cpu", progress=False)
    with pytest.raises(ConfigError, match="makes images of latents"):
        image_to_image.Source(open_generator(tmp_path / "run"), folder, print)
