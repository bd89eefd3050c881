"""Every configuration that comes with the program trains, goes on where it was, and is of use."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lsgan.checkpoints.checkpoint import file_name, read
from lsgan.cli import app
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError
from lsgan.evaluation.evaluate import Request, evaluate
from lsgan.inference.latent_set import of_seeds
from lsgan.inference.sampling import open_generator, write_grid
from lsgan.io.files import read_lines
from lsgan.networks import used_settings
from lsgan.tasks import task_of
from lsgan.training.train import train
from tests.conftest import random_features, write_pack

NAMES = sorted(config_files.packaged())
# These take long, and have the networks of others: at another size, or with other settings.
ALIKE = (
    *("kanas-projected-128.yaml", "kanas-projected-256.yaml", "kanas-128.yaml"),
    *("kanas-plain.yaml", "dcgan-celeba.yaml", "dcgan-mnist.yaml", "demo.yaml"),
)
EACH = [pytest.param(name, marks=[pytest.mark.slow] if name in ALIKE else []) for name in NAMES]
# Small enough that each takes a second or two.
TINY = (
    "ema.batch_norm_latents=64",
    "train.steps=4",
    "train.batch_size=4",
    "log.every=1",
    "sample.every=2",
    "sample.count=6",
    "evaluate.every=2",
    "evaluate.count=64",
)
NARROW = {"base_channels": 4, "max_channels": 16, "latent_dim": 8, "size": 32}


def tiny(name: str, pack: Path, pairs: Path, folder: Path) -> Config:
    """A packaged configuration, shrunk, on data that fit it."""
    config = config_files.load(config_files.find(name), TINY)
    narrow = {key: value for key, value in NARROW.items() if key in used_settings(config.model)}
    if config.model.generator_base_channels:
        narrow["generator_base_channels"] = 8
    if config.model.discriminator == "projected":
        narrow |= {"feature_weights": str(random_features(folder)), "feature_size": 64}
    config = config_files.with_settings(config, "model", narrow)
    if config.data.kind == "pairs":
        return config_files.with_data(config, pairs)
    images = np.load(pack / "images.npy")
    if config.model.channels == 1:
        images = images.mean(1, keepdims=True).astype(np.uint8)
    classes = ["7", "8"] * (len(images) // 2) if config.data.classes == "folders" else None
    return config_files.with_data(config, write_pack(folder / "packed", images, classes=classes))


@pytest.mark.parametrize("name", EACH)
def test_a_run_that_was_broken_off_is_the_run_that_was_not(
    name: str, pack: Path, pairs: Path, tmp_path: Path
) -> None:
    config = tiny(name, pack, pairs, tmp_path)
    train(config, tmp_path / "whole", "cpu", progress=False)
    half = config_files.change(config, ["train.steps=2"])
    train(half, tmp_path / "halves", "cpu", progress=False)
    train(config, tmp_path / "halves", "cpu", resume=True, progress=False)
    first, second = (
        read(tmp_path / run / "checkpoints" / file_name(4))[1] for run in ("whole", "halves")
    )
    assert first.keys() == second.keys()
    assert [key for key in first if first[key].tobytes() != second[key].tobytes()] == []

    # Something was learnt by each network, and every figure is a number.
    begun = read(tmp_path / "whole" / "checkpoints" / file_name(2))[1]
    roles = {key.split("/")[0] for key in begun if begun[key].tobytes() != first[key].tobytes()}
    learners = {"generator"} if config.loss.name == "none" else {"generator", "discriminator"}
    assert learners <= roles
    rows = read_lines(tmp_path / "whole" / "metrics.jsonl")
    of_steps = [row for row in rows if "diversity" in row]
    assert len(of_steps) == 4
    told = config.loss.name != "none", config.loss.l1_weight + config.loss.l2_weight > 0
    assert ("discriminator_loss" in of_steps[0], "reconstruction" in of_steps[0]) == told
    assert ("kl" in of_steps[0]) == (config.model.generator == "vae")
    assert all(np.isfinite(list(row.values())).all() for row in rows)

    # The run is of use: images, and figures where there is enough to measure.
    generator = open_generator(tmp_path / "whole", "latest")
    if config.data.kind == "pairs":
        assert "l1" in rows[-1]
    else:
        assert write_grid(
            generator, of_seeds(generator, range(4)), tmp_path / "images", 2, 1
        ).is_file()
    assert {path.name for path in (tmp_path / "whole" / "samples").iterdir()} == {
        "reals.png",
        "step-00000000.png",
        "step-00000002.png",
        "step-00000004.png",
    }
    reference = None if config.data.kind != "pairs" else pairs
    if task_of(config).is_synthetic:
        # A checkpoint alone is enough.
        moved = (tmp_path / "whole" / "checkpoints" / file_name(4)).rename(tmp_path / "one")
        moved = moved.rename(tmp_path / file_name(4))
    else:
        moved = tmp_path / "whole"
    request = Request(moved, "latest", reference, tmp_path, 64, 0, inception=False, weights=None)
    report = evaluate(request, lambda _: None)
    assert {result.name for result in report.results} >= {"frechet", "kid", "recall"}
    assert (tmp_path / "metrics.json").is_file()


@pytest.mark.parametrize("name", EACH)
def test_dry_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as a user would look at it first, without its data set; narrow, to save time."""
    monkeypatch.chdir(tmp_path)
    changes = ["train.batch_size=2", "train.n_critic=1", "model.base_channels=8"]
    words = [word for change in changes for word in ("--set", change)]
    answer = CliRunner().invoke(app, ["train", "--config", name, "--dry-run", *words])
    assert answer.exit_code == 0, answer.output
    model = config_files.load(config_files.find(name)).model
    assert f"\ngenerator {model.generator}: " in answer.output
    assert f"\ndiscriminator {model.discriminator}: " in answer.output
    assert "images/s" in answer.output.splitlines()[-1]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_says_what_it_is_and_names_its_data(name: str) -> None:
    path = config_files.find(name)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    config = config_files.load(path)
    words = path.read_text(encoding="utf-8").split()
    if "prepare" in words:
        # What it says to prepare is what it trains on.
        assert words[words.index("--out") + 1] == config.data.path
    else:
        data = config.data.path == "data/kanas/packed"
        assert data or config.scrape.out in config.data.path or task_of(config).is_synthetic


@pytest.mark.parametrize("name", ["sines.yaml", "pix2pix-facades.yaml"])
@pytest.mark.parametrize("loss", ["least-squares", "minimax", "hinge", "wgan-gp"])
def test_losses_are_exchanged_by_one_line_whatever_is_made(
    name: str, loss: str, pack: Path, pairs: Path, tmp_path: Path
) -> None:
    changes = [f"loss.name={loss}", "train.steps=2"]
    if loss == "wgan-gp":
        changes += ["loss.gradient_penalty_weight=10", "model.discriminator_norm=none"]
    config = config_files.change(tiny(name, pack, pairs, tmp_path), changes)
    assert train(config, tmp_path / "run", "cpu", progress=False).step == 2


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("sines.yaml", ["augment.probability=1"], "data.kind is curves"),
        ("sines.yaml", ["data.crop=0.9"], "data.kind is curves"),
        ("pix2pix-facades.yaml", ["augment.probability=1"], "both images of a pair"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    name: str, changes: list[str], said: str, pack: Path, pairs: Path, tmp_path: Path
) -> None:
    config = config_files.change(tiny(name, pack, pairs, tmp_path), changes)
    with pytest.raises(ConfigError, match=said):
        train(config, tmp_path / "run", "cpu", progress=False)
    assert not (tmp_path / "run").exists()
    if "pix2pix" in name:
        moved = config_files.change(config, ["augment.color=false", "train.steps=1"])
        assert train(moved, tmp_path / "run", "cpu", progress=False).step == 1
