"""What a training does, and what it leaves in its folder."""

import json
import shutil
from pathlib import Path

import numpy as np
import paddle
import pytest
import yaml
from PIL import Image

from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.data.sampler import split
from lsgan.errors import ConfigError, OutputError, RunError
from lsgan.inference import sampling
from lsgan.io.files import read_lines
from lsgan.io.images import grid
from lsgan.losses import LOSSES
from lsgan.training import loop
from lsgan.training.step import train_step
from lsgan.training.train import train
from lsgan.training.trainer import Trainer
from tests.conftest import write_pack


def trainer_of(config: Config) -> Trainer:
    pack = open_pack(Path(config.data.path))
    return Trainer(config, pack.images, np.arange(len(pack)))


def test_the_run_folder_holds_everything(small: Config, tmp_path: Path) -> None:
    outcome = train(small, tmp_path, "cpu", progress=False)
    assert outcome == (6, 0)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names - {".lock"} == {
        "config.yaml",
        "metrics.jsonl",
        "losses.png",
        "run.log",
        "samples/reals.png",
        "samples/step-00000000.png",
        "samples/step-00000003.png",
        "samples/step-00000006.png",
        "checkpoints/step-00000003.safetensors",
        "checkpoints/step-00000006.safetensors",
    }
    assert config_files.load(tmp_path / "config.yaml") == small
    stated = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert all(len(stated[name]) == len(dict(section)) for name, section in small)


@pytest.mark.parametrize("kind", ["one", "copies", "black"])
def test_images_that_do_not_differ_are_learnt_too(
    small: Config, tmp_path: Path, landscapes: np.ndarray, kind: str
) -> None:
    one = landscapes[:1]
    images = {"one": one, "copies": one.repeat(12, 0), "black": np.zeros_like(one)}[kind]
    config = config_files.with_data(small, write_pack(tmp_path / "packed", images))
    assert train(config, tmp_path / "run", "cpu", progress=False) == (6, 0)
    assert len(Run(tmp_path / "run").kept()) == 2
    rows = read_lines(tmp_path / "run" / "metrics.jsonl")
    assert all(0 < row["frechet"] < 100 for row in rows if "frechet" in row)
    said = (tmp_path / "run" / "run.log").read_text(encoding="utf-8")
    assert ("training on 1 image, 0 held out" in said) is (kind != "copies")


def test_metrics_say_what_happened(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    rows = read_lines(tmp_path / "metrics.jsonl")
    losses = [row for row in rows if "discriminator_loss" in row]
    # Every two steps, and before each checkpoint.
    assert [row["step"] for row in losses] == [2, 3, 4, 6]
    assert [row["images"] for row in losses] == [8, 12, 16, 24]
    # 180 of the 200 images are trained on.
    assert losses[-1]["epoch"] == pytest.approx(24 / 180, abs=1e-4)
    assert all(row["images_per_second"] > 0 for row in losses)
    measured = [row for row in rows if "frechet" in row]
    # The untrained generator is measured too.
    assert [row["step"] for row in measured] == [0, 3, 6]
    for row in measured[1:]:
        path = tmp_path / "checkpoints" / checkpoint.file_name(row["step"])
        found = checkpoint.describe(path).metrics
        assert found == {"frechet": row["frechet"]}


def test_logged_losses_are_those_of_the_formula(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["log.every=1", "train.steps=1", "augment.probability=0"])
    train(config, tmp_path, "cpu", progress=False)
    row = read_lines(tmp_path / "metrics.jsonl")[1]

    pack = open_pack(Path(config.data.path))
    trained = split(len(pack), 0.1, 0)[0]
    trainer = Trainer(config, pack.images, trained)
    images, drawn = trainer.loader.batch(0)[:2]
    state = trainer.state
    state.generator.train()
    state.discriminator.train()
    real = state.discriminator(images).numpy()
    fake = state.discriminator(state.generator(drawn)).numpy()
    expected = ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2
    assert row["discriminator_loss"] == pytest.approx(expected, rel=1e-3)
    assert row["real_score"] == pytest.approx(real.mean(), rel=1e-3)
    assert row["fake_score"] == pytest.approx(fake.mean(), rel=1e-3)
    generated = state.generator(drawn).numpy()
    expected = generated.std(0).mean() / images.numpy().std(0).mean()
    assert row["diversity"] == pytest.approx(expected, rel=1e-3)


def test_each_update_changes_its_own_network_only(small: Config) -> None:
    frozen = config_files.change(small, ["optimizer.generator_learning_rate=1e-30"])
    trainer = trainer_of(frozen)
    before = trainer.state.tensors()
    train_step(trainer)
    after = trainer.state.tensors()
    key = "layers.0.weight"
    np.testing.assert_array_equal(before[f"generator/{key}"], after[f"generator/{key}"])
    assert (before[f"discriminator/{key}"] != after[f"discriminator/{key}"]).any()


def test_the_generator_learns_to_please_a_fixed_discriminator(small: Config) -> None:
    config = config_files.change(
        small,
        [
            "optimizer.discriminator_learning_rate=1e-30",
            "optimizer.generator_learning_rate=1e-2",
            "augment.probability=0",
        ],
    )
    trainer = trainer_of(config)
    losses = [float(train_step(trainer)["generator_loss"]) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_a_grid_is_what_sample_renders_from_the_checkpoint(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    generator = sampling.open_generator(tmp_path, "6")
    images = generator.render(generator.latents(range(4)))
    with Image.open(tmp_path / "samples" / "step-00000006.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(grid(images, 8)))


def test_a_run_ends_with_a_grid(small: Config, tmp_path: Path) -> None:
    small = config_files.change(small, ["train.steps=2"])
    train(small, tmp_path, "cpu", progress=False)
    assert small.train.steps % small.sample.every
    assert (tmp_path / "samples" / "step-00000002.png").is_file()


def test_reals_are_images_that_are_trained_on(
    small: Config, tmp_path: Path, landscapes: np.ndarray
) -> None:
    train(small, tmp_path, "cpu", progress=False)
    with Image.open(tmp_path / "samples" / "reals.png") as image:
        first = np.asarray(image)[:32, :32].transpose(2, 0, 1)
    assert (landscapes == first).all(axis=(1, 2, 3)).any()


@pytest.mark.parametrize("when", [0, 4])
def test_losses_that_are_not_finite_stop_the_run(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    honest = loop.train_step

    def failing(trainer: Trainer) -> object:
        metrics = honest(trainer)
        if trainer.state.step == when + 1:
            metrics["generator_loss"] *= float("nan")
        return metrics

    monkeypatch.setattr(loop, "train_step", failing)
    config = config_files.change(small, ["watchdog.max_rollbacks=0"])
    with pytest.raises(RunError) as caught:
        train(config, tmp_path, "cpu", progress=False)
    assert f"not finite at step {when + 1}" in str(caught.value)
    last = "step-00000003.safetensors" if when else "no checkpoint was written"
    assert last in str(caught.value)
    assert "learning_rate" in caught.value.remedy


def test_a_weight_that_is_not_finite_is_never_saved(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = loop.train_step

    def spoiling(trainer: Trainer) -> object:
        figures = honest(trainer)
        if trainer.state.step == 6:
            bias = trainer.state.discriminator.layers[0].bias
            bias.set_value(bias * float("inf"))
        return figures

    monkeypatch.setattr(loop, "train_step", spoiling)
    config = config_files.change(small, ["watchdog.action=warn"])
    with pytest.raises(RunError, match="is not finite after step 6"):
        train(config, tmp_path, "cpu", progress=False)
    assert [checkpoint.step_of(p) for p in checkpoint.listed(tmp_path / "checkpoints")] == [3]


def test_time_alone_brings_a_checkpoint(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["checkpoint.minutes=1e-6", "evaluate.every=100"])
    train(config, tmp_path, "cpu", progress=False)
    steps = [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path / "checkpoints")]
    assert steps == [6, 5, 4]
    measured = [
        bool(checkpoint.describe(path).metrics)
        for path in sorted(checkpoint.listed(tmp_path / "checkpoints"))
    ]
    # The last one is always measured.
    assert measured == [False, False, True]


def test_a_number_of_steps_brings_a_checkpoint(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["checkpoint.every=2", "evaluate.every=100"])
    train(config, tmp_path, "cpu", progress=False)
    steps = [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path / "checkpoints")]
    assert steps == [6, 4, 2]


def test_two_trainings_in_one_folder_are_refused(small: Config, tmp_path: Path) -> None:
    with Run(tmp_path).locked(), pytest.raises(RunError, match="another training"):
        train(small, tmp_path, "cpu", progress=False)
    train(small, tmp_path, "cpu", progress=False)


def test_images_of_another_size_are_refused_with_both_remedies(
    small: Config, tmp_path: Path
) -> None:
    other = config_files.change(small, ["model.size=64"])
    with pytest.raises(ConfigError, match=r"--size 64.*model.size=32"):
        train(other, tmp_path, "cpu", progress=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("precision", ["tf32", "bfloat16", "float16"])
def test_precisions_that_need_a_gpu(small: Config, tmp_path: Path, precision: str) -> None:
    config = config_files.change(small, [f"train.precision={precision}"])
    with pytest.raises(ConfigError, match="needs a GPU"):
        train(config, tmp_path, "cpu", progress=False)


def test_an_output_folder_that_is_a_file_is_refused(small: Config, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        train(small, tmp_path / "file", "cpu", progress=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_stops_with_a_line_and_what_was_saved_stays(
    small: Config, tmp_path: Path
) -> None:
    train(config_files.change(small, ["train.steps=3"]), tmp_path, "cpu", progress=False)
    (tmp_path / "run.log").unlink()
    (tmp_path / "run.log").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        train(small, tmp_path, "cpu", resume=True, progress=False)
    (tmp_path / "run.log").unlink()
    assert train(small, tmp_path, "cpu", resume=True, progress=False).step == 6


def test_a_folder_that_is_taken_away_stops_with_a_line(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = loop.train_step

    def losing(trainer: Trainer) -> object:
        shutil.rmtree(tmp_path, ignore_errors=True)
        return honest(trainer)

    monkeypatch.setattr(loop, "train_step", losing)
    with pytest.raises(OutputError, match=r"cannot write .*metrics\.jsonl"):
        train(small, tmp_path, "cpu", progress=False)


def test_a_set_smaller_than_a_batch_trains(
    small: Config, tmp_path: Path, landscapes: np.ndarray
) -> None:
    from tests.conftest import write_pack

    few = config_files.with_data(small, write_pack(tmp_path / "few", landscapes[:3]))
    assert train(few, tmp_path / "run", "cpu", progress=False).step == 6


def test_metrics_are_json_lines(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    for line in (tmp_path / "metrics.jsonl").read_text().splitlines():
        assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "none"])
def test_one_line_exchanges_the_loss(small: Config, tmp_path: Path, name: str) -> None:
    changes = [f"loss.name={name}"]
    if name == "wgan-gp":
        changes += ["loss.gradient_penalty_weight=0.1", "model.discriminator_norm=none"]
    train(config_files.change(small, changes), tmp_path, "cpu", progress=False)
    rows = [row for row in read_lines(tmp_path / "metrics.jsonl") if "generator_loss" in row]
    # An untrained discriminator's scores are near 0, which costs each loss something else.
    zero = paddle.zeros([4])
    loss = LOSSES[name]
    expectations = {
        "discriminator_loss": loss.real_loss(zero) + loss.fake_loss(zero),
        "generator_loss": loss.generator_loss(zero, zero),
    }
    for loss, losses in expectations.items():
        expected = float(losses.mean())
        nearest = min((row[loss] for row in rows), key=lambda found: abs(found - expected))
        assert nearest == pytest.approx(expected, rel=0.15, abs=0.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["loss.name=wgan-gp"], "loss.gradient_penalty_weight=10"),
        (["loss.gradient_penalty_weight=10"], "model.discriminator_norm=layer"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    small: Config, tmp_path: Path, changes: list[str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        train(config_files.change(small, changes), tmp_path, "cpu", progress=False)


def test_a_step_has_so_many_updates_of_the_discriminator(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(config_files.change(small, ["train.n_critic=3"]))
    state, updates, batches = trainer.state, [], []
    for name in ("discriminator", "generator"):
        optimizer = getattr(state, f"{name}_optimizer")
        adam = optimizer.adam
        done = adam.step
        monkeypatch.setattr(
            adam, "step", lambda name=name, done=done: [updates.append(name), done()]
        )
    batch = trainer.loader.batch
    monkeypatch.setattr(
        trainer.loader, "batch", lambda number: [batches.append(number), batch(number)][1]
    )
    train_step(trainer)
    train_step(trainer)
    assert updates == (["discriminator"] * 3 + ["generator"]) * 2
    assert batches == [0, 1, 2, 3, 4, 5]

    config = config_files.change(small, ["train.n_critic=3"])
    train(config, tmp_path, "cpu", progress=False)
    rows = [row for row in read_lines(tmp_path / "metrics.jsonl") if "images" in row]
    assert {row["images"] / row["step"] for row in rows} == {3 * small.train.batch_size}
