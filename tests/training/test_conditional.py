"""Training on classes, from the folders to images of one class."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.checkpoints.checkpoint import config_of, describe
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError
from lsgan.evaluation.evaluate import Request, evaluate
from lsgan.evaluation.saved import read_evaluation
from lsgan.inference.sampling import open_generator
from lsgan.reporting.report import report as write_report
from lsgan.training.plan import plan
from lsgan.training.train import train
from tests.commands import refused_here
from tests.conftest import SMALL, random_features, write_pack

STEPS = 120


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark and bright images of noise, of the classes night and day."""
    numbers = np.random.default_rng(0)
    noise = numbers.integers(0, 60, (120, 3, 32, 32), np.uint8)
    names = ["day" if place % 3 else "night" for place in range(120)]
    noise[[name == "day" for name in names]] += 180
    return write_pack(tmp_path_factory.mktemp("data") / "packed", noise, classes=names)


def conditional(data: Path, *changes: str, name: str = "kanas.yaml") -> Config:
    config = config_files.load(config_files.find(name), [*SMALL, "data.classes=folders"])
    return config_files.change(config_files.with_data(config, data), changes)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    config = conditional(
        data,
        f"train.steps={STEPS}",
        "train.batch_size=8",
        "optimizer.generator_learning_rate=4e-3",
        "sample.every=100",
        "evaluate.every=100",
        "sample.columns=3",
        "model.init_std=0.05",
        "augment.probability=0",
        "optimizer.discriminator_learning_rate=2e-3",
        "optimizer.beta1=0.5",
    )
    train(config, out, "cpu", progress=False)
    return out


def test_images_are_of_the_class_that_is_asked_for(run: Path) -> None:
    generator = open_generator(run, "latest")
    assert generator.classes == ["day", "night"]
    day, night = (generator.sample(range(16), class_name=name) for name in ("day", "night"))
    assert day.mean() > night.mean() + 60
    # Of a seed alone the class is drawn, always the same one.
    mixed = generator.sample(range(16))
    np.testing.assert_array_equal(mixed, generator.sample(range(16)))
    is_day = generator.latents(range(16))[:, -2] == 1
    np.testing.assert_array_equal(mixed[is_day], day[is_day])
    np.testing.assert_array_equal(mixed[~is_day], night[~is_day])


def test_a_run_says_its_classes_and_its_grids_have_a_row_of_each(run: Path) -> None:
    assert config_files.load(run / "config.yaml").model.classes == {"day": 80, "night": 40}
    newest = max((run / "checkpoints").iterdir())
    assert config_of(describe(newest)).model.classes == {"day": 80, "night": 40}
    with Image.open(run / "samples" / f"step-{STEPS:08d}.png") as grid:
        assert grid.size == (3 * 34 - 2, 2 * 34 - 2)
        pixels = np.asarray(grid)
    assert pixels[:32].mean() > pixels[34:].mean() + 60


def test_sample_writes_a_class_or_a_row_of_each(run: Path, tmp_path: Path) -> None:
    from tests.commands import lsgan

    answer = lsgan("sample", run, "--out", tmp_path, "--columns", 4)
    assert answer.returncode == 0, answer.stderr
    with Image.open(next(tmp_path.glob("*seeds-0-3-day-night.png"))) as grid:
        assert grid.size == (4 * 34 - 2, 2 * 34 - 2)
    said = refused_here("sample", run, "--class", "dusk", "--out", tmp_path)
    assert "--class is 'dusk', which is not known; choose one of: day, night" in said
    lsgan("sample", run, "--class", "night", "--singles", "--count", 2, "--out", tmp_path / "s")
    assert len(list((tmp_path / "s").glob("*/night/seed-*.png"))) == 2


@pytest.mark.slow
def test_a_resumed_projected_run_is_the_same_run(data: Path, tmp_path: Path) -> None:
    config = conditional(
        data,
        f"model.feature_weights={random_features(tmp_path)}",
        "model.feature_size=64",
        "train.steps=4",
        "evaluate.every=2",
        "sample.every=4",
        name="kanas-projected.yaml",
    )
    train(config, tmp_path / "whole", "cpu", progress=False)
    half = config_files.change(config, ["train.steps=2"])
    train(half, tmp_path / "parts", "cpu", progress=False)
    train(config, tmp_path / "parts", "cpu", resume=True, progress=False)
    one, other = (
        describe(tmp_path / name / "checkpoints" / "step-00000004.safetensors").digest
        for name in ("whole", "parts")
    )
    assert one == other


def test_weights_of_other_classes_are_refused(run: Path, tmp_path: Path) -> None:
    images = np.zeros((90, 3, 32, 32), np.uint8)
    three = write_pack(tmp_path / "three", images, classes=["a", "b", "c"] * 30)
    config = config_files.with_initial_weights(conditional(three), str(run))
    with pytest.raises(ConfigError, match="of a model of 2 classes, and the data set has 3"):
        train(config, tmp_path / "run", "cpu", progress=False)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ("data.kind=curves", "model.generator=mlp", "model.discriminator=mlp"),
            r"model\.generator mlp cannot be told a class",
        ),
        (
            ("data.kind=pairs", "model.generator=unet", "model.discriminator=patch"),
            r"model\.generator unet cannot be told a class",
        ),
    ],
)
def test_networks_that_cannot_be_told_a_class_are_refused(
    data: Path, tmp_path: Path, changes: tuple[str, ...], said: str
) -> None:
    plain = Config()
    config = config_files.change(
        config_files.with_data(plain, data),
        ["data.classes=folders", "augment.probability=0", *changes],
    )
    with pytest.raises(ConfigError, match=said):
        train(config, tmp_path / "run", "cpu", progress=False)


def test_each_class_is_measured_by_itself(run: Path, tmp_path: Path) -> None:
    generator = open_generator(run, "latest")
    # Photographs that are generated: the best that could be.
    latents = [generator.latents(range(70, 140), class_name=name) for name in ("night", "day")]
    images = generator.render(np.concatenate(latents))
    names = ["night"] * 70 + ["day"] * 70
    reference = write_pack(tmp_path / "reference", images, classes=names)
    request = Request(run, "latest", reference, tmp_path, 140, 0, inception=False, weights=None)
    report = evaluate(request, lambda _: None)
    assert set(report.classes) == {"day", "night"}
    assert {result.n for results in report.classes.values() for result in results} == {70}
    written = json.loads((tmp_path / "metrics.json").read_text())["classes"]
    assert written["day"][0]["name"] == "frechet"
    assert "day    70" in str(report)
    assert read_evaluation(tmp_path) is not None
    shutil.copy(tmp_path / "metrics.json", run)
    page = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Each class by itself" in page
    assert '<th scope="row"><bdi>night</bdi></th>' in page
    # Bright images measured against dark photographs are far from them.
    swapped = write_pack(tmp_path / "swapped", images, classes=names[::-1])
    request = replace(request, reference=swapped)
    worse = evaluate(request, lambda _: None)
    for name in ("day", "night"):
        assert worse.classes[name][0].value > 2 * report.classes[name][0].value


def test_a_plan_lists_the_classes(data: Path) -> None:
    assert "classes: day 80, night 40" in plan(conditional(data), "cpu")
