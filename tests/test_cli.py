"""The commands as a user meets them: what they print and do, and what bad input meets with."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from tests.commands import here, lsgan, refused, refused_here
from tests.conftest import SMALL

CHANGES = [word for change in SMALL for word in ("--set", change)]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from lsgan.demo.landscapes import write_landscapes

    folder = tmp_path_factory.mktemp("photographs")
    write_landscapes(folder / "lake", 30, width=80, height=60)
    (folder / "lake" / "notes.jpg").write_text("no image")
    return folder


def test_three_commands_lead_from_photographs_to_images(photographs: Path, tmp_path: Path) -> None:
    prepared = lsgan(
        "prepare", photographs, "--out", "data/kanas/packed", "--size", 32, cwd=tmp_path
    )
    assert prepared.returncode == 0, prepared.stderr
    assert "kept              30" in prepared.stdout
    assert "not-an-image            1" in prepared.stdout
    next_step = "lsgan train --config kanas.yaml --set model.size=32 --data data/kanas/packed"
    assert next_step in prepared.stdout

    trained = lsgan("train", "--config", "kanas.yaml", "--device", "cpu", *CHANGES, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "training on 27 images, 3 held out, on cpu" in trained.stdout
    assert "lsgan sample runs/kanas" in trained.stdout.replace("\\", "/")

    sampled = lsgan("sample", "runs/kanas", "--seeds", "0-5", "--columns", 3, cwd=tmp_path)
    assert sampled.returncode == 0, sampled.stderr
    (grid,) = (tmp_path / "runs" / "kanas" / "images").glob("*-seeds-0-5.png")
    assert grid.name in sampled.stdout
    with Image.open(grid) as image:
        assert image.size == (3 * 34 - 2, 2 * 34 - 2)


def test_sample_writes_what_is_asked_for(tmp_path: Path, pack: Path) -> None:
    run = tmp_path / "run"
    trained = lsgan("train", *CHANGES, "--data", pack, "--out", run)
    assert trained.returncode == 0, trained.stderr
    out = tmp_path / "images"
    for words in (
        ("--count", 5, "--upscale", 2),
        ("--singles", "--count", 3),
        ("--walk", "--seeds", "1,4", "--frames", 3),
        ("--step", "latest"),
    ):
        answer = here("sample", run, "--out", out, *words)
        assert answer.returncode == 0, answer.stderr
    assert "--singles and --interpolate" in refused_here("sample", run, "--singles", "--walk")
    assert "two seeds or more" in refused_here("sample", run, "--interpolate", "--seeds", "3")
    assert "many files" in refused_here("sample", run, "--singles", "--out", "a.png")
    assert "cannot be read" in refused_here("sample", run, "--seeds", "a")
    assert "these steps: 3, 6" in refused_here("sample", run, "--step", "4")
    assert sum(path.suffix == ".gif" for path in out.iterdir()) == 1
    assert len(list(out.glob("step-*/seed-*.png"))) == 3


def test_a_resume_without_a_configuration_goes_on_with_the_runs_own(
    tmp_path: Path, pack: Path
) -> None:
    run = tmp_path / "run"
    here("train", *CHANGES, "--data", pack, "--out", run, "--set", "train.seed=5")
    longer = ("--set", "train.steps=9")
    answer = lsgan("train", "--resume", "--out", run, *longer)
    assert answer.returncode == 0, answer.stderr
    assert "at step 6" in answer.stdout
    assert config_files.load(run / "config.yaml").train.seed == 5
    assert Run(run).choose("latest").name == "step-00000009.safetensors"
    complete = here("train", "--resume", "--out", run)
    assert "complete: 9 steps" in complete.stdout
    # A configuration that is named is held against the run's.
    named = ("--config", "kanas.yaml", *CHANGES, "--data", pack)
    assert "train.seed was 5, now 0" in refused_here("train", "--resume", "--out", run, *named)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("train", "--config", "canas.yaml"), "no configuration canas.yaml"),
        (("train", "--set", "train.stesp=3"), "did you mean train.steps"),
        (("train", "--set", "model.generator=dcgna"), "did you mean dcgan"),
        (("train", "--set", "loss.name=least"), "which is not known"),
        (("train", "--data", "missing"), "missing. Make one with: lsgan prepare PHOTOGRAPHS --out"),
        (("train",), "Collect photographs with lsgan scrape, or make one"),
        (("train", "--device", "gpu:99"), "--device gpu:99 was asked for"),
        (("train", "--device", "tpu"), "no device 'tpu'"),
        (("train", "--resume"), "no run to resume"),
        (("sample", "missing"), "there is no missing"),
        (("sample", "."), "holds no checkpoint"),
        (("prepare", "missing", "--out", "out"), "missing"),
        (("prepare", ".", "--out", "out"), "no images"),
        (("prepare", ".", "--out", "out", "--size", "48"), "Use 32, 64, 128 or 256"),
        (("config", "canas"), "no configuration canas"),
        (("demo", "--out", ".."), "not empty"),
        (("demo", "--config", "sines"), "trains on curves, and the demo renders images"),
        (("scrape", "--source", "unsplash"), "Unsplash forbids data sets"),
        (("scrape", "--source", "flickr"), "which is not known"),
        (("scrape", "--source", "page"), "nothing to ask page"),
        (("scrape", "Lake Bled", "--count", "0"), "scrape.count is 0"),
        (("scrape", "Lake Bled", "--aspect", "broad"), "the aspect 'broad' is none"),
        (("scrape", "Lake Bled", "--license", "by-sq"), "by-s"),
        (("scrape", "--urls", "missing.txt"), "missing.txt"),
        (("scrape", "Lake Bled", "--endpoint", "wiki"), "wiki"),
        (("sample", "two\nlines"), "two\\nlines"),
    ],
)
def test_bad_input_gets_one_line_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    assert expected in refused(*words, cwd=inner)
    assert not list(inner.iterdir())


def test_prepare_replaces_another_data_set_on_request_alone(
    photographs: Path, tmp_path: Path
) -> None:
    words = ("prepare", photographs, "--out", tmp_path / "packed", "--size", 32)
    assert here(*words).returncode == 0
    message = refused_here(*words[:-1], 64, "--min-size", 32)
    assert "packed with --size 32, not 64. Replace it with --overwrite" in message
    assert here(*words[:-1], 64, "--min-size", 32, "--overwrite").returncode == 0
    assert "such as" in refused_here(*words[:2], "--out", photographs, "--overwrite")
    # What is told to be done where no data set is does it.
    photos = tmp_path / "photos"
    shutil.copytree(photographs, photos)
    config = ("--config", "kanas.yaml", *CHANGES, "--out", tmp_path / "run")
    command = refused_here("train", *config, "--data", photos).partition("Make one with: lsgan ")[2]
    assert here(*command.split()).returncode == 0
    assert here("train", *config, "--data", photos).returncode == 0


def test_prepare_of_nothing_usable_says_why(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "text.jpg").write_text("text")
    (tmp_path / "photos" / "empty.png").write_bytes(b"")
    message = refused("prepare", tmp_path / "photos", "--out", tmp_path / "out")
    assert "1 empty" in message
    assert "1 not-an-image" in message
    assert not (tmp_path / "out" / "pack.json").exists()


def test_half_a_data_set_is_not_trained_on(tmp_path: Path, pack: Path) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "images.npy").write_bytes((pack / "images.npy").read_bytes())
    assert "no packed data set" in refused_here("train", "--data", half, "--out", tmp_path / "run")
    (half / "pack.json").write_bytes((pack / "pack.json").read_bytes())
    (half / "images.npy").write_bytes((pack / "images.npy").read_bytes()[:-5000])
    assert "damaged" in refused_here("train", "--data", half, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_dry_run_plans_and_writes_nothing(tmp_path: Path, pack: Path) -> None:
    answer = lsgan("train", *CHANGES, "--data", pack, "--dry-run", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    for words in (
        "batch_norm_momentum: 0.5",
        "generator dcgan:",
        "WholeTransposedConvolution",
        "3×32×32",
        "200 images, 180 to train on, 20 held out",
        "images/s",
        "for 6 steps",
    ):
        assert words in answer.stdout
    without = lsgan("train", *CHANGES, "--data", "missing", "--dry-run", cwd=tmp_path)
    assert without.returncode == 0, without.stderr
    assert "none yet" in without.stdout
    assert "lsgan prepare" in without.stdout
    assert "for 6 steps" in without.stdout
    assert not list(tmp_path.iterdir())


def test_config_prints_every_setting_and_doctor_what_it_found(tmp_path: Path) -> None:
    printed = lsgan("config", "kanas")
    (tmp_path / "kanas.yaml").write_text(printed.stdout, encoding="utf-8")
    own = config_files.load(tmp_path / "kanas.yaml")
    assert own == config_files.load(config_files.find("kanas.yaml"))
    found = lsgan("doctor").stdout
    for words in ("OMP_NUM_THREADS", "paddlepaddle", "device", "GFLOP/s", "processor"):
        assert words in found


def test_help_names_every_command_and_option() -> None:
    text = lsgan("--help").stdout
    for command in ("scrape", "prepare", "train", "sample", "demo", "config", "doctor"):
        assert command in text
    text = lsgan("scrape", "--help").stdout
    options = "source url urls count query category license contact endpoint min-width min-height"
    for option in (*options.split(), "aspect", "dry-run", "retry-failed", "no-prepare"):
        assert f"--{option}" in text
    assert "--allow-private-hosts" in text
    # A default in the plain help text would be taken for markup and vanish.
    assert "[default: (1000)]" in text
    text = lsgan("train", "--help").stdout
    for option in ("--config", "--data", "--out", "--device", "--resume", "--dry-run", "--set"):
        assert option in text
    assert lsgan("--version").stdout.startswith("lsgan ")
    assert lsgan("train", "--no-such-option").returncode == 2


def test_help_waits_for_no_library_that_a_command_needs() -> None:
    code = (
        "import sys, lsgan.cli;"
        "print(*{'paddle', 'numpy', 'pydantic', 'PIL', 'yaml', 'requests'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == ""
