"""The model card of an exported generator."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsgan
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.results import MetricResult
from lsgan.exporting.provenance import data_name, without_folders
from lsgan.exporting.recipe import recipe_of
from lsgan.inference.sampling import open_generator
from lsgan.io.markdown import escaped
from tests.conftest import write_pack
from tests.exporting.conftest import Runs, card, exported

WORDS = ["README.md", "config.yaml", "example.py", "samples.png"]


def test_the_card_says_what_the_model_is(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "model", license="cc-by-4.0")
    metadata, text = card(tmp_path / "model")
    assert metadata["license"] == "cc-by-4.0"
    assert metadata["library_name"] == "lsgan"
    assert metadata["pipeline_tag"] == "unconditional-image-generation"
    assert {"gan", "dcgan", "lsgan", "safetensors"} <= set(metadata["tags"])
    described = checkpoint.describe(Run(run).choose("best"))
    assert described.digest in text
    assert f"lsgan {lsgan.__version__}" in text
    assert "those of lsgan's `kanas.yaml`, but for these:" in text
    assert "| `model.base_channels` | 4 | 64 |" in text
    assert "fine-tuned" not in text
    assert "Not evaluated. `lsgan evaluate run --step" in text


def test_the_card_of_an_evaluated_checkpoint(run: Path, tmp_path: Path) -> None:
    metric = MetricResult(
        *("frechet", "lower", "wavelet scattering", "64 held-out photographs of /home/me/kanas"),
        *(0, 64, 64, 7.491, 0.2062, 0.9415, 0.1286),
        note="from fewer than 2048",
    )
    copies = Memorization(64, 20, 180, "wavelet scattering", 0.02, 0.05, False)
    content = {
        "lsgan": "0.1.0",
        "checkpoint": open_generator(run).name,
        "results": [asdict(metric)],
        "memorization": asdict(copies),
    }
    (run / "metrics.json").write_text(json.dumps(content), encoding="utf-8")
    exported(run, tmp_path / "model")
    text = card(tmp_path / "model")[1]
    assert "64 images against 64 held-out photographs of kanas, seed 0." in text
    assert r"| frechet ↓ | wavelet scattering | 7.491 ± 0.21 \[1\] | 0.9415 ± 0.13 |" in text
    assert r"\[1\] from fewer than 2048." in text
    assert f"Memorization: {escaped(str(copies))}." in text

    for broken in (content | {"checkpoint": "step-1"}, content | {"results": [{}]}, []):
        (run / "metrics.json").write_text(json.dumps(broken), encoding="utf-8")
        exported(run, tmp_path / "model", overwrite=True)
        assert "Not evaluated." in card(tmp_path / "model")[1]
    (run / "metrics.json").unlink()


def test_the_card_counts_licences_and_lists_authors(
    run_of: Runs, pack: Path, tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [{"index": index} for index in range(200)]
    attribution = {"title": "*Lake*", "author": "A [b]", "page": "https://example.org/1"}
    for row in rows[:3]:
        row["attribution"] = attribution | {"license": "cc-by-sa-4.0", "source": "commons"}
    rows[3]["attribution"] = attribution | {"license": "CC0", "page": "javascript:alert(1)"}
    data = write_pack(tmp_path / "lakes" / "packed", np.load(pack / "images.npy"))
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (data / "manifest.jsonl").write_text(lines, encoding="utf-8")
    found = exported(run_of("kanas.yaml"), tmp_path / "model", data=data)
    assert found.licenses == "unknown (196), CC BY-SA 4.0 (3), CC0 1.0 (1)"
    metadata, text = card(tmp_path / "model")
    assert metadata["datasets"] == ["lakes"]
    assert "| CC BY-SA 4.0 | 3 |" in text
    assert "| unknown | 196 |" in text
    assert "unknown: none is recorded." in text
    assert "Sources: commons (3)." in text
    listed = (tmp_path / "model" / "ATTRIBUTION.md").read_text(encoding="utf-8").splitlines()
    assert listed[-2] == (
        r"- [\*Lake\*](<https://example.org/1>), A \[b\], "
        "[CC BY-SA 4.0](<https://creativecommons.org/licenses/by-sa/4.0/>)"
    )
    assert listed[-1].startswith(r"- \*Lake\*, A \[b\], [CC0 1.0]")


def test_the_card_of_a_fine_tuned_run(run: Path, tmp_path: Path) -> None:
    found, tensors = checkpoint.read(Run(run).choose("best"))
    tuned = tmp_path / "tuned.safetensors"
    checkpoint.write(replace(found, path=tuned, parent=found.digest), tensors)
    exported(tuned, tmp_path / "model")
    text = card(tmp_path / "model")[1]
    assert f"began with the weights of the checkpoint `{found.digest}`" in text


def test_curves_and_pairs_have_cards_too(run_of: Runs, tmp_path: Path) -> None:
    exported(run_of("sines.yaml"), tmp_path / "curves")
    metadata, text = card(tmp_path / "curves")
    assert "pipeline_tag" not in metadata
    assert "datasets" not in metadata
    assert "It generates nothing but such curves." in text
    found = exported(run_of("pix2pix-facades.yaml"), tmp_path / "pairs")
    metadata, text = card(tmp_path / "pairs")
    assert metadata["pipeline_tag"] == "image-to-image"
    assert "python example.py IMAGE..." in text
    assert "`input_images` | float32 (N, 3, 32, 32)" in text
    assert "samples.png" in found.files


def test_the_recipe_is_the_nearest_configuration() -> None:
    for name, path in config_files.packaged().items():
        recipe = recipe_of(config_files.load(path))
        assert (recipe.name, recipe.changes) == (name, [])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/me/data/kanas/packed", "kanas"),
        (r"C:\Users\me\kanas", "kanas"),
        ("data/mine", "mine"),
        ("packed", ""),
    ],
)
def test_data_sets_are_called_by_their_folder(path: str, name: str) -> None:
    assert data_name(path) == name
    told = without_folders(f"64 held-out photographs of {path}")
    assert told == f"64 held-out photographs of {name or 'packed'}"
