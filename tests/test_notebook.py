"""scripts/lsgan.ipynb runs from the first cell to the last."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

NOTEBOOK = Path(__file__).parents[1] / "scripts" / "lsgan.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_stored_without_outputs(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_runs_from_the_first_cell_to_the_last(
    notebook: nbformat.NotebookNode, tmp_path: Path, landscapes: np.ndarray
) -> None:
    """With few photographs and little training; trained on again when it is run again."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number, pixels in enumerate(landscapes[:80]):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / f"{number}.png")
    small = "model: {size: 32, base_channels: 4}\nlog: {every: 1}\nevaluate: {count: 64}\n"
    (tmp_path / "small.yaml").write_text(small)
    parameters = {"PHOTOGRAPHS": "photographs", "CONFIG": "small.yaml", "SIZE": 32, "STEPS": 3}
    cell = next(cell for cell in notebook.cells if cell.source.startswith("# What to train on"))
    lines = [line.split(" = ")[0] for line in cell.source.splitlines()[1:]]
    assert set(parameters) < set(lines)
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.items())
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 5
    said = "".join(output.text for output in outputs if output.output_type == "stream")
    assert "3/3" in said  # the bar
    assert "Fréchet distance by step: [(0, " in said
    assert "sliced wasserstein" in said
    run = tmp_path / "notebook" / "run"
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000003.safetensors"]
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").open()]
    assert steps == [0, 1, 2, 3, 3]
