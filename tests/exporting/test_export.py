"""The folder of an exported model: its files, its card, and what it refuses."""

import json
import re
import sys
import types
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
import yaml
from PIL import Image

import lsgan
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from lsgan.errors import ConfigError, DataError, LsganError, OutputError
from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.results import MetricResult
from lsgan.exporting.destination import Destination
from lsgan.exporting.export import ExportedModel, Request, export
from lsgan.exporting.markdown import escaped
from lsgan.exporting.provenance import data_name, without_folders
from lsgan.exporting.recipe import recipe_of
from lsgan.inference.sampling import open_generator
from lsgan.io.images import grid
from tests.commands import lsgan as command
from tests.conftest import write_pack
from tests.exporting.conftest import Runs

WORDS = ["README.md", "config.yaml", "example.py", "samples.png"]


@pytest.fixture(scope="module")
def run(run_of: Runs) -> Path:
    return run_of("kanas.yaml")


def exported(source: Path, out: Path, **changes: Any) -> ExportedModel:
    """A model in the format that is the fastest to write."""
    request = Request(source, kind="safetensors", out=out, **changes)
    return export(request, lambda _: None)


def card(folder: Path) -> tuple[dict[str, Any], str]:
    """The metadata and the text, in which a line end is a space."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), re.sub(r"(?<!\n)\n(?!\n|\||```|- )", " ", body)


def test_the_folder_is_whole(run: Path, tmp_path: Path) -> None:
    found = exported(run, tmp_path / "model")
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert found.files == names == sorted([*WORDS, "config.json", "model.safetensors"])
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    generator = open_generator(run)
    expected = grid(generator.render(generator.latents(range(16))), columns=8)
    with Image.open(found.folder / "samples.png") as samples:
        np.testing.assert_array_equal(samples, expected)
    config = config_files.load(found.folder / "config.yaml")
    assert config.model == generator.config.model
    assert str(tmp_path.parent) not in (found.folder / "config.yaml").read_text(encoding="utf-8")


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


def test_other_data_are_refused(run: Path, pairs: Path, tmp_path: Path) -> None:
    other = write_pack(tmp_path / "other", np.zeros((3, 3, 32, 32), np.uint8))
    with pytest.raises(DataError, match="is not the data set that step-"):
        exported(run, tmp_path / "model", data=other)
    with pytest.raises(LsganError, match="is of pairs"):
        exported(run, tmp_path / "model", data=pairs)
    assert not (tmp_path / "model").exists()


def test_a_checkpoint_file_alone(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mine.safetensors"
    copy.write_bytes(Run(run).choose("best").read_bytes())
    exported(copy, tmp_path / "model")
    metadata, text = card(tmp_path / "model")
    assert text.lstrip().startswith("# mine\n")
    assert "was not at hand when this card was written" in text
    assert open_generator(run).data in text
    assert "Not evaluated. `lsgan evaluate mine.safetensors` does it" in text
    assert "No licence has been chosen for the model." in text
    assert metadata["license"] == "unknown"
    # One that lies in its run knows the data set.
    exported(Run(run).choose("latest"), tmp_path / "known")
    assert "| unknown | 200 |" in card(tmp_path / "known")[1]


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


def test_a_folder_with_anything_else_stays_as_it_is(run: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty, and holds no exported model"):
        exported(run, tmp_path)
    with pytest.raises(OutputError, match="not empty"):
        exported(run, run, overwrite=True)
    with pytest.raises(OutputError, match="A part of that path is a file"):
        exported(run, tmp_path / "notes.txt" / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_model_is_replaced_only_if_that_is_wanted(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "model")
    (tmp_path / "model" / "README.md").write_text("edited")
    with pytest.raises(OutputError, match="holds an exported model already"):
        exported(run, tmp_path / "model")
    with (
        pytest.raises(KeyError),
        Destination(tmp_path / "model", overwrite=True).replaced() as folder,
    ):
        (folder / "half").write_text("")
        raise KeyError
    assert (tmp_path / "model" / "README.md").read_text() == "edited"
    exported(run, tmp_path / "model", overwrite=True)
    assert (tmp_path / "model" / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_bad_input_is_one_line(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="did you mean onnx"):
        export(Request(run, kind="onx"), lambda _: None)
    with pytest.raises(ConfigError, match="no identifier of a licence"):
        exported(run, tmp_path / "model", license="CC BY 4.0")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="the folder you are in"):
        exported(run, Path())


def test_the_command(run: Path, tmp_path: Path) -> None:
    kind = "safetensors" if paddle.__version__.startswith("2.") else "paddle"
    answer = command("export", run, "--format", kind, "--out", tmp_path / "model")
    assert answer.returncode == 0, answer.stderr
    assert "licences of the images that it was trained on: unknown (200)" in answer.stderr
    assert re.search(r"\d  .*config\.yaml\n", answer.stdout)
    # Paddle's remarks on what it traces are kept from the terminal.
    assert "Paddle static graph" not in answer.stderr


def test_the_function_can_be_called_twice(run: Path, tmp_path: Path) -> None:
    for number in range(2):
        found = lsgan.export(run, tmp_path / str(number), format="safetensors", progress=False)
        assert found.difference == 0
        assert "model.safetensors" in found.files


class FakeHub(types.ModuleType):
    """In place of huggingface_hub: notes what it is told, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__("huggingface_hub")
        self.told: list[Any] = []
        self.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
        hub = self

        class HfApi:
            def create_repo(self, repo_id: str, *, repo_type: str, exist_ok: bool) -> str:
                assert (repo_type, exist_ok) == ("model", True)
                hub.told.append(repo_id)
                return f"https://hub.example/{repo_id}"

            def upload_folder(self, *, repo_id: str, folder_path: str, repo_type: str) -> None:
                assert repo_type == "model"
                if failure:
                    raise failure
                names = sorted(path.name for path in Path(folder_path).iterdir())
                hub.told.append((repo_id, names))

        self.HfApi = HfApi


def test_publishing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub := FakeHub())
    request = Request(run, kind="safetensors", out=tmp_path / "model", repository="me/lakes")
    found = export(request, said.append)
    assert found.address == "https://hub.example/me/lakes"
    assert hub.told == ["me/lakes", ("me/lakes", found.files)]
    # The licences are told before anything is published.
    assert [line.split(":")[0] for line in said][-2:] == [
        "licences of the images that it was trained on",
        f"pushing {tmp_path / 'model'} to me/lakes",
    ]

    failure = ValueError("\n401: not logged in\nmore")
    monkeypatch.setitem(sys.modules, "huggingface_hub", FakeHub(failure))
    request = Request(run, kind="safetensors", out=tmp_path / "other", repository="me/lakes")
    with pytest.raises(OutputError, match="could not be pushed to me/lakes: 401: not logged in"):
        export(request, said.append)
    assert (tmp_path / "other" / "README.md").is_file()


def test_publishing_without_the_client_names_what_to_install(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r'pip install "lsgan\[hub\]"'):
        exported(run, tmp_path / "model", repository="me/lakes")
    assert not (tmp_path / "model").exists()
