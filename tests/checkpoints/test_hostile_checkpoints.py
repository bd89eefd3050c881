"""Checkpoints that a stranger wrote: what is not as it should be is refused in one line."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import save_file

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint, describe, read
from lsgan.checkpoints.compatibility import check_state
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, RunError
from lsgan.inference.sampling import open_generator
from lsgan.training.state import State
from tests.checkpoints.forging import described, forged, refusal


@pytest.fixture
def content(small: Config) -> dict[str, Any]:
    return described(small)


@pytest.fixture
def tensors(small: Config) -> Arrays:
    return State(small).tensors()


def test_a_sound_one_is_read_and_sampled(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays
) -> None:
    path = forged(tmp_path / "x", content, tensors)
    check_state(describe(path))
    found = read(path)[1]
    assert found.keys() == tensors.keys()
    assert all(found[name].tobytes() == tensor.tobytes() for name, tensor in tensors.items())
    assert open_generator(path).name == "x"


VALUES = [None, [], ["x"], "x", "a\n\x1b[31m", -1, 1.5, 10**40, True, float("nan"), {"x": None}]


@pytest.mark.parametrize(
    ("key", "fitting"),
    [
        ("format", []),
        ("step", []),
        ("config", []),
        ("data", ["x"]),
        ("metrics", []),
        ("scalers", []),
        ("rollbacks", []),
        ("lr_factors", []),
        ("parent", ["x"]),
        ("features", ["x"]),
    ],
)
def test_a_value_of_another_type_is_refused_whichever_it_is(
    tmp_path: Path, content: dict[str, Any], key: str, fitting: list[Any]
) -> None:
    for value in VALUES:
        if value not in fitting:
            path = forged(tmp_path / "x", content | {key: value}, {})
            assert key in refusal(describe, path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("metrics", {"frechet": "low"}),
        ("lr_factors", {"generator": 2.0}),
        ("lr_factors", {"both": 1.0}),
        ("scalers", {"generator": {"scale": 65536.0}}),
        ("config", {"model": []}),
    ],
)
def test_a_value_within_is_refused_by_its_place(
    tmp_path: Path, content: dict[str, Any], key: str, value: Any
) -> None:
    path = forged(tmp_path / "x", content | {key: value}, {})
    assert f"cannot be read ({key}" in refusal(describe, path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "[" * 60_000, '{"a":' * 9999, "9" * 60_000, "9" * 4000, " " * 10**5, "{]"],
)
def test_json_that_is_none_or_too_deep_or_too_long_is_refused(tmp_path: Path, text: str) -> None:
    path = forged(tmp_path / "x", None, {}, text)
    assert "its description cannot be read" in refusal(describe, path)


@pytest.mark.parametrize("digest", [None, "", "x" * 99_999, "\n" * 64])
def test_a_digest_that_is_none_is_refused(
    tmp_path: Path, content: dict[str, Any], digest: str | None
) -> None:
    metadata = {"lsgan": json.dumps(content)} | ({} if digest is None else {"sha256": digest})
    save_file({}, tmp_path / "x", metadata)
    assert "has no digest" in refusal(describe, tmp_path / "x")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("model.generator", "dcgan2", "generator dcgan2, which is not known"),
        ("model.generator", "x" * 9999, "setting model.generator"),
        ("model.generator", "\n\x1b[31m", r"generator \\n\\x1b\[31m, which"),
        ("model.generator", "unet", "generator unet is for pairs, and its data are images"),
        ("model.discriminator", "mlp", "discriminator mlp is for curves"),
        ("data.kind", "curves", "generator dcgan is for images"),
        ("ema.half_life", 10**30, "setting ema.half_life"),
        ("model.spectral_norm", 1, "setting model.spectral_norm"),
        ("model.\n", 1, r"setting model\.\\n"),
    ],
)
def test_a_configuration_that_nobody_has_is_refused(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays, key: str, value: Any, said: str
) -> None:
    section, name = key.split(".")
    content["config"][section][name] = value
    path = forged(tmp_path / "x", content, tensors)
    with pytest.raises(RunError, match=said):
        check_state(describe(path))
    assert refusal(lambda path: check_state(describe(path)), path)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" * 9, b"\x93NUMPY\x01\x00" * 9, pickle.dumps([1] * 99)]
)
def test_files_of_other_kinds_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert "not a safetensors file" in refusal(open_generator, path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        said = refusal(open_generator, path)
        assert "it is not a file" in said


def test_a_translator_makes_nothing_of_latents(tmp_path: Path) -> None:
    changes = ["model.base_channels=2", "model.size=32"]
    config = config_files.load(config_files.find("pix2pix-facades"), changes)
    path = tmp_path / "x"
    checkpoint.write(Checkpoint(path, 0, config.model_dump()), State(config).tensors())
    with pytest.raises(ConfigError, match="makes images of images"):
        open_generator(path).latents([0])
