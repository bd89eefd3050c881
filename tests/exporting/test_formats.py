"""Each format computes what the generator does, for every generator, or is refused."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from PIL import Image

from lsgan.config import Config, config_files
from lsgan.demo.weights import SUMMER
from lsgan.errors import ConfigError, RunError
from lsgan.exporting import agreement, onnx_operators
from lsgan.exporting.agreement import TOLERANCE, largest_difference
from lsgan.exporting.example import example
from lsgan.exporting.export import Request, export
from lsgan.exporting.formats import FORMATS
from lsgan.exporting.signature import inputs_from, trial_rows
from lsgan.inference.generator import Generator
from lsgan.inference.sampling import open_generator
from lsgan.networks import build_generator
from lsgan.system.threads import threads
from tests.exporting.conftest import Runs

PADDLE_2 = paddle.__version__.startswith("2.")
KINDS = [
    pytest.param(
        kind,
        marks=pytest.mark.skipif(PADDLE_2 and kind != "safetensors", reason="needs Paddle 3"),
    )
    for kind in FORMATS
]
NARROW = ("model.base_channels=4", "model.latent_dim=8", "model.size=32")
GENERATORS = {
    "dcgan": ("model.upsampling=nearest",),
    "dcgan-grey": ("model.kernel_size=5", "model.channels=1", "model.latent_distribution=uniform"),
    "dcgan-classes": ("model.classes={forest: 3, glacier: 40, sea: 10}",),
    "fastgan": ("model.generator=fastgan", "model.base_channels=16", "model.size=128"),
    "vae": ("model.generator=vae", "model.generator_activation=leaky-relu"),
    "unet": ("model.generator=unet", "model.discriminator=patch", "data.kind=pairs"),
    "mlp": ("model.generator=mlp", "model.discriminator=mlp", "data.kind=curves"),
}


def generator_of(name: str) -> Generator:
    """A generator with random weights and statistics."""
    config = config_files.change(Config(), [*NARROW, *GENERATORS[name]])
    network = build_generator(config.model)
    for key, tensor in network.state_dict().items():
        if key.endswith("_variance"):
            tensor.set_value(paddle.rand(tensor.shape) + 0.5)
        elif not key.endswith("_mean"):
            tensor.set_value(tensor + 0.1 * paddle.randn(tensor.shape))
    return Generator(network, config, "", name)


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_what_the_generator_does(kind: str, name: str, tmp_path: Path) -> None:
    chosen, generator = FORMATS[kind], generator_of(name)
    files = chosen.write(generator, tmp_path)
    assert sorted(files) == sorted(path.name for path in tmp_path.iterdir())
    run = chosen.load(generator, tmp_path)
    assert largest_difference(generator, run) < TOLERANCE / 10
    # Pixels are those of `lsgan sample` but for rounding.
    rows = trial_rows(generator, 5)
    made = run(inputs_from(generator.config, rows))
    samples = generator.task.generated_part(generator.render(rows))
    levels = 1 if generator.task.makes_images else 1e-5
    assert np.abs(generator.task.samples(made) - samples.astype(float)).max() <= levels


@pytest.mark.parametrize("kind", KINDS)
def test_another_network_is_noticed(kind: str, tmp_path: Path) -> None:
    generator, other = generator_of("dcgan"), generator_of("dcgan")
    FORMATS[kind].write(other, tmp_path)
    run = FORMATS[kind].load(generator, tmp_path)
    with pytest.raises(RunError, match="differs from the generator by"):
        agreement.check_agreement(generator, run, "the model")


def test_outputs_that_are_no_numbers_are_noticed() -> None:
    generator = generator_of("mlp")
    shape = (generator.config.model.points,)
    with pytest.raises(RunError, match="differs from the generator by nan"):
        agreement.check_agreement(
            generator, lambda inputs: np.full((len(inputs[0]), *shape), np.nan, np.float32), "it"
        )


def test_a_wrong_export_is_refused_and_nothing_is_left(
    run_of: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = FORMATS["safetensors"]

    def load(generator: Generator, folder: Path) -> Any:
        run = right.load(generator, folder)
        return lambda inputs: run(inputs) + np.float32(0.01)

    monkeypatch.setitem(FORMATS, "safetensors", replace(right, load=load))
    request = Request(run_of("kanas.yaml"), kind="safetensors", out=tmp_path / "new" / "model")
    with pytest.raises(RunError, match=r"differs from the generator by 0\.01, and may by 0\.0001"):
        export(request, lambda _: None)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.skipif(PADDLE_2, reason="needs Paddle 3")
def test_an_operation_that_is_not_known_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(onnx_operators._TRANSLATORS, "tanh")
    with pytest.raises(RunError, match=r"the operation pd_op\.tanh, which lsgan cannot write"):
        FORMATS["onnx"].write(generator_of("dcgan"), tmp_path)


def test_a_missing_package_is_named(run_of: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r'onnx and onnxruntime\. .*pip install "lsgan\[onnx\]"'):
        export(Request(run_of("kanas.yaml")), lambda _: None)


@pytest.mark.skipif(PADDLE_2, reason="needs Paddle 3")
def test_paddle_inference_reads_the_model_too(tmp_path: Path) -> None:
    from paddle import inference

    generator = generator_of("fastgan")
    names = FORMATS["paddle"].write(generator, tmp_path)
    settings = inference.Config(*(str(tmp_path / name) for name in names))
    settings.disable_mkldnn()
    settings.disable_glog_info()
    # What is set here holds for all that this process computes from now on.
    settings.set_cpu_math_library_num_threads(threads())
    predictor = inference.create_predictor(settings)
    rows = trial_rows(generator, 3)
    predictor.get_input_handle("latents").copy_from_cpu(rows)
    predictor.run()
    made = predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu()
    generator.network.eval()
    expected = generator.network(paddle.to_tensor(rows)).numpy()
    np.testing.assert_allclose(made, expected, atol=TOLERANCE)


@pytest.mark.parametrize("kind", ["onnx", "paddle"])
def test_paddle_2_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paddle, "__version__", "2.6.2")
    with pytest.raises(ConfigError, match=r"needs Paddle 3, and this is 2\.6\.2"):
        FORMATS[kind].check()


def test_plain_weights_need_nothing_but_safetensors(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    generator = generator_of("vae")
    FORMATS["safetensors"].write(generator, tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    decoder = generator.network.decoder.state_dict()
    assert weights.keys() == decoder.keys()
    assert all(np.array_equal(weights[name], decoder[name].numpy()) for name in weights)
    content = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert content["model"]["generator"] == "dcgan"
    assert "points" not in content["model"]


def drawn(folder: Path, *words: object) -> np.ndarray:
    """The image that a folder's example.py draws, with neither lsgan's folder nor its own."""
    subprocess.run(
        [sys.executable, folder / "example.py", *map(str, words)],
        check=True,
        cwd=folder.parent,
        capture_output=True,
    )
    with Image.open(folder.parent / "grid.png") as image:
        return np.asarray(image).astype(int)


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_draws_what_sample_does(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    export(Request(SUMMER, kind=kind, out=folder), lambda _: None)
    with Image.open(folder / "samples.png") as image:
        expected = np.asarray(image).astype(int)
    assert expected.shape == (2 * 66 - 2, 8 * 66 - 2, 3)
    assert np.abs(drawn(folder) - expected).max() <= 1


@pytest.mark.parametrize("name", ["dcgan", "dcgan-grey", "dcgan-classes", "mlp"])
def test_the_example_has_the_latents_of_the_program(name: str) -> None:
    generator = generator_of(name)
    expected = inputs_from(generator.config, generator.latents(range(16)))
    # As far as it goes without a model.
    text = example(generator.config, "onnx", ()).replace("import onnxruntime\n", "")
    space: dict[str, Any] = {"__file__": "example.py"}
    exec(text.split("session = ")[0], space)
    found = list(space["inputs"].values())
    assert [each.dtype for each in found] == [each.dtype for each in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_examples_are_formatted_and_short(tmp_path: Path) -> None:
    for name in GENERATORS:
        config = generator_of(name).config
        for kind in FORMATS:
            text = example(config, kind, ("numpy",))
            (tmp_path / f"{kind}-{name}.py").write_text(text, encoding="utf-8")
            code = text.split('"""\n', 1)[1].splitlines()
            assert len([line for line in code if line and line[0] != "#"]) <= 40
    words = [sys.executable, "-m", "ruff", "format", "--diff", "--line-length", "100", tmp_path]
    assert subprocess.run(words, capture_output=True, text=True, check=False).stdout == ""


@pytest.mark.skipif(PADDLE_2, reason="needs Paddle 3")
def test_the_example_of_an_image_to_image_generator_is_given_images(
    run_of: Runs, tmp_path: Path, landscapes: np.ndarray
) -> None:
    folder = tmp_path / "model"
    run = run_of("pix2pix-facades.yaml")
    export(Request(run, out=folder), lambda _: None)
    given = landscapes[50].copy()
    given[1:] = 0
    Image.fromarray(given.transpose(1, 2, 0)).save(tmp_path / "input.png")
    shown = drawn(folder, tmp_path / "input.png")
    made = open_generator(run).render(given[None] / np.float32(127.5) - 1)[0]
    expected = np.concatenate([made[:3], np.full((3, 32, 2), 255), made[3:]], 2)
    assert np.abs(shown - expected.transpose(1, 2, 0)).max() <= 1
