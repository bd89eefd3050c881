"""What `lsgan train --from` refuses: each in one line, before anything is written."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lsgan.config import Config, config_files
from lsgan.config.config_files import with_initial_weights
from lsgan.errors import ConfigError, LsganError, RunError
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.train import train
from tests.training.test_fine_tuning import train_command, written


@pytest.fixture
def source(small: Config, tmp_path: Path) -> Path:
    return written(small, tmp_path / "source.safetensors")


@pytest.mark.parametrize(
    ("changes", "said", "remedy"),
    [
        (
            ["model.base_channels=2", "model.generator_base_channels=4"],
            "other networks: model.base_channels is 2, there 4.",
            "Use --set model.base_channels=4.",
        ),
        (
            ["model.spectral_norm=true", "model.latent_dim=9", "model.leaky_slope=0.1"],
            "model.latent_dim is 9, there 8; model.spectral_norm is true, there false.",
            "Use --set model.latent_dim=8 --set model.spectral_norm=false.",
        ),
    ],
)
def test_what_does_not_fit_is_named_before_anything_is_written(
    small: Config, source: Path, tmp_path: Path, changes: list[str], said: str, remedy: str
) -> None:
    config = config_files.change(with_initial_weights(small, str(source)), changes)
    with pytest.raises(ConfigError) as caught:
        train(config, tmp_path / "run", "cpu", progress=False)
    assert said in str(caught.value)
    assert str(caught.value).endswith(remedy)
    assert not (tmp_path / "run").exists()


def test_weights_for_another_size_are_refused(small: Config, source: Path) -> None:
    larger = config_files.change(with_initial_weights(small, str(source)), ["model.size=64"])
    with pytest.raises(ConfigError, match=r"model\.size is 64, there 32.* --set model\.size=32\."):
        initial_weights(larger, lambda _: None)


@pytest.mark.parametrize(("name", "generator"), [("vae", "vae"), ("pix2pix-facades", "unet")])
def test_generators_of_other_kinds_do_not_fit(
    small: Config, source: Path, tmp_path: Path, name: str, generator: str
) -> None:
    other = config_files.load(
        config_files.find(name), ["model.base_channels=2", "model.size=32", "train.steps=1"]
    )
    path = written(other, tmp_path / "other.safetensors")
    with pytest.raises(ConfigError, match=f"generator is dcgan, there {generator}. Give a") as one:
        initial_weights(with_initial_weights(small, str(path)), lambda _: None)
    assert "\n" not in str(one.value)
    with pytest.raises(ConfigError, match=f"model.generator is {generator}, there dcgan"):
        initial_weights(with_initial_weights(other, str(source)), lambda _: None)


def test_bad_parents_get_one_line_and_nothing_is_written(
    source: Path, pack: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.safetensors"
    content = bytearray(source.read_bytes())
    content[-1000] ^= 1
    damaged.write_bytes(content)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": np.ones(3, np.float32)}, foreign)
    text = tmp_path / "photo.jpg"
    text.write_text("no image")
    data, out = ("--data", pack), tmp_path / "run"
    for given, words, said in (
        (tmp_path / "missing", data, "there is no"),
        (tmp_path, data, "holds no checkpoint"),
        (text, data, "is damaged or no checkpoint"),
        (damaged, data, "is damaged or no checkpoint"),
        (foreign, data, "but not a checkpoint of this program"),
        (source, (), "not its data set. Name the one to train on with --data."),
        (source, (*data, "--resume"), "Leave --from out"),
        (source, (*data, "--set", "model.latent_dim=9", "--dry-run"), "latent_dim is 9, there 8"),
    ):
        with pytest.raises(LsganError) as caught:
            train_command("--from", given, "--out", out, *words)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not out.exists()


def test_a_resumed_run_gets_no_other_parent(small: Config, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    begun = config_files.change(small, ["train.steps=1", "evaluate.every=1000"])
    train(with_initial_weights(begun, str(source)), out, "cpu", progress=False)
    other = written(config_files.change(small, ["train.seed=9"]), tmp_path / "other.safetensors")
    with pytest.raises(RunError) as caught:
        train(with_initial_weights(begun, str(other)), out, "cpu", resume=True, progress=False)
    said = f"{other} is not the checkpoint that the run in {out} began with. Name that one with"
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    # The same one may have moved, and need not be there.
    moved = shutil.move(source, tmp_path / "moved.safetensors")
    for path in (moved, source):
        train(with_initial_weights(begun, str(path)), out, "cpu", resume=True, progress=False)
