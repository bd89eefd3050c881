"""`lsgan evaluate` from a run to its table, its file and its sheet."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file
from typer.testing import CliRunner

from lsgan.checkpoints import checkpoint
from lsgan.cli import app
from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.errors import LsganError
from lsgan.evaluation import results
from lsgan.evaluation.reference import choose
from lsgan.inference.generator import Generator
from lsgan.io.files import read_lines
from lsgan.pretrained.inception import Inception
from lsgan.training.train import train
from tests.conftest import SMALL, write_pack
from tests.features.inception_reference import random_weights

METRICS = ["sliced wasserstein", "frechet", "kid", "precision", "recall", "density", "coverage"]


@pytest.fixture(scope="module")
def run(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six steps on half of the 200 small landscapes."""
    changes = (*SMALL, "data.val_fraction=0.5")
    config = config_files.load(config_files.find("kanas.yaml"), changes)
    out = tmp_path_factory.mktemp("runs") / "run"
    train(config_files.with_data(config, pack), out, "cpu", progress=False)
    return out


def evaluated(*words: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, words), "--device", "cpu"])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_a_run_is_measured_against_what_was_held_out(run: Path) -> None:
    output = evaluated(run)
    content = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert content["checkpoint"] in ("step-00000003", "step-00000006")
    assert [result["name"] for result in content["results"]] == METRICS
    for result in content["results"]:
        assert result.keys() == {field.name for field in fields(results.MetricResult)}
        assert (result["n"], result["baseline_n"], result["seed"]) == (100, 100, 0)
        assert "100 held-out photographs" in result["reference"]
        assert result["name"] in output
        assert result["std_error"] >= 0
        nearer = result["baseline"] < result["value"]
        # An untrained generator is worse than photographs in every respect.
        assert nearer == (result["better"] == "lower")
    assert content["memorization"]["copying"] is False
    assert (content["memorization"]["held_out"], content["memorization"]["trained"]) == (100, 100)
    assert "no copies" in output
    with Image.open(run / "copies.png") as sheet:
        assert sheet.size == (8 * 34 - 2, 8 * (34 + 14) - 2)  # with a distance below each pair


def test_the_same_request_gives_the_same_figures_and_another_seed_others(run: Path) -> None:
    def values(*words: object) -> list[float]:
        evaluated(run, *words)
        content = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
        return [result["value"] for result in content["results"]]

    first = values()
    assert values() == first
    assert values("--seed", 1) != first


def test_a_checkpoint_file_is_measured_against_a_folder_of_images(
    run: Path, tmp_path: Path, landscapes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photographs"
    folder.mkdir()
    for place, image in enumerate(landscapes[:70]):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{place}.png")
    (folder / "text.jpg").write_text("no image")
    file = run / "checkpoints" / checkpoint.file_name(6)
    output = evaluated(file, "--reference", folder, "--out", tmp_path / "found")
    content = json.loads((tmp_path / "found" / "metrics.json").read_text(encoding="utf-8"))
    # Near copies among the rendered ones are left out.
    assert content["results"][1]["n"] <= 70
    assert content["results"][1]["baseline_n"] == content["results"][1]["n"] // 2
    assert content["memorization"] is None
    assert "memorization: not tested" in output
    # The baseline of so few is refused, the figure itself is not.
    assert content["results"][1]["baseline"] is None
    assert content["results"][1]["value"] is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found", "photographs"]


def test_too_few_photographs_are_marked_or_refused_never_silently_measured(
    run: Path, tmp_path: Path, landscapes: np.ndarray
) -> None:
    few = write_pack(tmp_path / "few", landscapes[:40])
    output = evaluated(run, "--reference", few)
    content = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    by_name = {result["name"]: result for result in content["results"]}
    assert by_name["kid"]["value"] is not None
    assert "from fewer than 256" in by_name["kid"]["note"]
    for name in ("frechet", "precision", "density", "sliced wasserstein"):
        assert by_name[name]["value"] is None
        assert by_name[name]["note"] == "needs 64 images, there are 40"
    assert "needs 64 images, there are 40" in output
    assert "—" in output


def test_a_generator_that_replays_its_photographs_is_caught(
    run: Path, tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = open_pack(pack).images
    config = config_files.load(run / "config.yaml")
    reference = choose(open_pack(pack), "pack", open_pack(pack), config, 5000, 0)
    assert reference.trained is not None
    monkeypatch.setattr(Generator, "render", lambda _, given: reference.trained[: len(given)])
    output = evaluated(run, "--out", tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert content["memorization"]["copying"] is True
    assert content["memorization"]["share"] > 0.9
    assert "the generator copies photographs" in output
    # What was held out is not given back.
    monkeypatch.setattr(Generator, "render", lambda _, given: reference.photographs[: len(given)])
    evaluated(run, "--out", tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert content["memorization"]["copying"] is False
    assert len(images) == 200


@pytest.mark.slow
def test_inception_features_come_from_a_weights_file(run: Path, tmp_path: Path) -> None:
    shapes = {}
    for key, tensor in Inception().state_dict().items():
        name = key.replace("._mean", ".running_mean").replace("._variance", ".running_var")
        shapes[name] = tuple(tensor.shape)
    weights = tmp_path / "weights.safetensors"
    save_file(random_weights(shapes), weights)
    few = open_pack(Path(config_files.load(run / "config.yaml").data.path)).images[:32]
    given = "--reference", write_pack(tmp_path / "few", few), "--weights", weights, "--count", 64
    output = evaluated(run, *given)
    content = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    named = [(result["features"], result["name"]) for result in content["results"]]
    assert ("FID Inception, pool 3", "frechet") in named
    assert ("wavelet scattering, 31 components", "frechet") in named
    assert "FID Inception, pool 3" in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["RUN", "--reference", "nowhere"], "nowhere"),
        (["nowhere"], "there is no nowhere"),
        (["FILE"], "--reference"),
        (["RUN", "--reference", "EMPTY"], "EMPTY"),
        (["RUN", "--reference", "OTHER"], "--size 32 --channels 3"),
        (["RUN", "--weights", "nowhere"], "cannot read nowhere"),
        (["RUN", "--step", "5"], "no checkpoint '5'"),
    ],
)
def test_bad_requests_get_one_line(run: Path, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "EMPTY").mkdir()
    write_pack(tmp_path / "OTHER", np.zeros((8, 1, 64, 64), np.uint8))
    places = {
        "RUN": run,
        "FILE": run / "checkpoints" / checkpoint.file_name(6),
        "EMPTY": tmp_path / "EMPTY",
        "OTHER": tmp_path / "OTHER",
    }
    with pytest.raises(LsganError) as caught:
        evaluated(*[places.get(word, word) for word in words])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_halves_have_the_spread_of_the_whole() -> None:
    """The deviation over halves is the standard error of a mean, which is known."""
    values = np.random.default_rng(0).normal(0, 1, 400)
    drawn = results.halves(400, 400, 0, 2000)
    means = [values[one].mean() for one, _ in drawn]
    assert np.std(means) == pytest.approx(values.std() / np.sqrt(400), rel=0.1)
    assert all(len(one) == len(set(one.tolist())) == 200 for one, _ in drawn)


def test_a_set_that_was_not_trained_on_is_measured_whole(pack: Path, small: Config) -> None:
    other = open_pack(pack)
    found = choose(other, "photographs", None, small, 150, 0)
    assert len(found.photographs) == 150
    assert found.trained is None
    one, two = found.baseline(found.photographs, found.others)
    assert len(one) == len(two) == 75
    assert not {image.tobytes() for image in one} & {image.tobytes() for image in two}


def test_metrics_lines_of_the_training_are_left_alone(run: Path) -> None:
    before = read_lines(run / "metrics.jsonl")
    evaluated(run)
    assert read_lines(run / "metrics.jsonl") == before
