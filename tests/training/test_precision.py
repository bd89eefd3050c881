"""In which precision a training computes on a CPU."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError
from lsgan.ops import methods, onednn_library
from lsgan.training import setup, state
from lsgan.training.train import train
from tests.ops.test_onednn import short

needs_onednn = pytest.mark.skipif(not onednn_library.is_available(), reason="no oneDNN or AVX2")
needs_bfloat16 = pytest.mark.skipif(not onednn_library.has_bfloat16(), reason="no AVX-512")


@pytest.mark.parametrize(
    ("precision", "amx", "onednn", "kernels", "expected"),
    [
        ("auto", True, True, "lsgan", "bfloat16"),
        ("auto", False, True, "lsgan", "float32"),
        ("auto", True, True, "paddle", None),
        ("auto", False, False, "lsgan", None),
        ("float32", True, True, "lsgan", "float32"),
        ("bfloat16", False, True, "lsgan", "bfloat16"),
    ],
)
def test_a_processor_with_amx_multiplies_in_bfloat16(
    small: Config,
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    amx: bool,
    onednn: bool,
    kernels: str,
    expected: str | None,
) -> None:
    monkeypatch.setattr(state, "has_amx", lambda: amx)
    monkeypatch.setattr(state, "has_onednn", lambda: onednn)
    monkeypatch.setenv("LSGAN_KERNELS", kernels)
    with state.mixed_precision(config_files.change(small, [f"train.precision={precision}"])):
        assert methods.training_precision() == expected
    assert methods.training_precision() is None


def test_without_onednn_bfloat16_is_refused(small: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "has_bfloat16", lambda: False)
    with pytest.raises(ConfigError, match=r"needs oneDNN.*\n?.*train.precision=auto"):
        setup.check(config_files.change(small, ["train.precision=bfloat16"]), "cpu")


@needs_bfloat16
def test_a_run_in_bfloat16_learns_what_one_in_float32_does_and_resumes(
    small: Config, tmp_path: Path
) -> None:
    weights = {}
    for name, precision, steps in (
        ("float32", "float32", 6),
        ("whole", "bfloat16", 6),
        ("resumed", "bfloat16", 3),
        ("resumed", "bfloat16", 6),
    ):
        changes = ["model.base_channels=16", f"train.precision={precision}"]
        changes += [f"train.steps={steps}"]
        config = config_files.change(small, changes)
        train(config, tmp_path / name, "cpu", resume=Run(tmp_path / name).exists())
        weights[name] = load_file(Run(tmp_path / name).kept()[0])
    start = load_file(Run(tmp_path / "whole").kept()[-1])
    for name, whole in weights["whole"].items():
        np.testing.assert_array_equal(weights["resumed"][name], whole, err_msg=name)
        if name.startswith(("generator", "discriminator")) and name.endswith("weight"):
            assert not np.array_equal(weights["float32"][name], whole), name
            # The weights themselves are kept in float32.
            assert not np.array_equal(short(whole), whole), name
    moved, apart = (
        sum(np.square(weights[one][name] - other[name]).sum() for name in start if "ator/" in name)
        for one, other in (("whole", start), ("whole", weights["float32"]))
    )
    assert apart < moved


@needs_onednn
def test_the_context_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), methods.training_kernels("float32"):
        raise ZeroDivisionError
    assert methods.training_precision() is None
