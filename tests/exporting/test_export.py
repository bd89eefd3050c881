"""The folder of an exported model: its files, and what it refuses."""

import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from PIL import Image

import lsgan
from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from lsgan.errors import ConfigError, DataError, LsganError, OutputError
from lsgan.exporting.destination import Destination
from lsgan.exporting.export import Request, export
from lsgan.inference.sampling import open_generator
from lsgan.io.images import grid
from tests.commands import lsgan as command
from tests.conftest import write_pack
from tests.exporting.conftest import card, exported

WORDS = ["README.md", "config.yaml", "example.py", "samples.png"]


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
