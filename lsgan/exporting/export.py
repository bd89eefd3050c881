"""From a run or a checkpoint file to a model folder: what `lsgan export` does."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paddle

from lsgan.checkpoints.checkpoint import describe
from lsgan.checkpoints.run import checkpoint_file
from lsgan.config.choices import look_up
from lsgan.config.config_files import annotated, without_folders
from lsgan.data.sampler import split
from lsgan.errors import ConfigError
from lsgan.evaluation.saved import Evaluation, read_evaluation
from lsgan.exporting import example, hub
from lsgan.exporting.agreement import check_agreement
from lsgan.exporting.card import card
from lsgan.exporting.destination import CARD, CONFIG, Destination
from lsgan.exporting.facts import UNKNOWN_LICENSE, Facts
from lsgan.exporting.formats import FORMATS
from lsgan.exporting.provenance import ATTRIBUTION, DataSet, find_data, run_of
from lsgan.inference.generator import Generator
from lsgan.inference.sampling import open_generator
from lsgan.io.files import write_text
from lsgan.io.images import save_png
from lsgan.text import printable

SAMPLES = "samples.png"
# Of an image-to-image generator so many held-out images are shown.
_INPUTS_SHOWN = 4


@dataclass(frozen=True)
class Request:
    """What is to be exported, and how.

    Attributes:
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.
        kind: the format's name.
        out: the folder to write; None for one named after the format, in the run.
        data: the data set that it was trained on; None for the one that the run names.
        license: the licence of the model, as a model hub calls it.
        overwrite: whether an exported model in `out` may be replaced.
        repository: where on the Hugging Face hub to publish it; "" for nowhere.
    """

    source: Path
    which: str = "best"
    kind: str = "onnx"
    out: Path | None = None
    data: Path | None = None
    license: str = UNKNOWN_LICENSE
    overwrite: bool = False
    repository: str = ""


@dataclass(frozen=True)
class ExportedModel:
    """What has been written.

    Attributes:
        folder: where.
        files: the names of all files.
        difference: the largest one between the exported network and the generator.
        licenses: those of the images that it was trained on, in words.
        address: where it has been published; "" if it has not.
    """

    folder: Path
    files: list[str]
    difference: float
    licenses: str
    address: str = ""


def export(request: Request, say: Callable[[str], None]) -> ExportedModel:
    """Write a model folder, whole or not at all, and publish it if that is asked for.

    Args:
        request: what to export.
        say: called with each line about what is done.

    Raises:
        LsganError: if the checkpoint cannot be read, a package is missing, the exported network
            does not compute what the generator does, or the folder cannot be written.
    """
    chosen = look_up("--format", request.kind, FORMATS)
    chosen.check()
    _check_license(request.license)
    if request.repository:
        hub.check()
    out = request.out or _default_folder(request)
    destination = Destination(out, request.overwrite)
    with _on_the_cpu():
        generator = open_generator(request.source, request.which)
        data = find_data(request.source, generator, request.data)
        with destination.replaced() as folder:
            say(f"exporting {generator.name} as {request.kind}")
            written = chosen.write(generator, folder)
            difference = check_agreement(generator, chosen.load(generator, folder), chosen.title)
            say(f"it differs from the generator by at most {difference:.1e}")
            samples = _write_samples(generator, data, folder)
            facts = _facts(request, generator, data, written, difference, samples)
            _write_words(facts, folder)
            files = sorted(path.name for path in folder.iterdir())
    licenses = data.summary() if data else "not known"
    say(f"licences of the images that it was trained on: {licenses}")
    address = ""
    if request.repository:
        say(f"pushing {out} to {request.repository}")
        address = hub.push(out, request.repository)
    return ExportedModel(out, files, difference, licenses, address)


def _check_license(license_id: str) -> None:
    """Refuse what a model hub would not take for a licence.

    Raises:
        ConfigError: if it is not of the form of its identifiers.
    """
    if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", license_id):
        raise ConfigError(
            f"--license {printable(license_id)} is no identifier of a licence",
            "Give one such as cc-by-sa-4.0, apache-2.0, other or unknown.",
        )


def _default_folder(request: Request) -> Path:
    parent = request.source if request.source.is_dir() else Path()
    return parent / "export" / request.kind


@contextmanager
def _on_the_cpu() -> Iterator[None]:
    """Compute on the CPU, where float32 is not rounded to TF32, and afterwards as before."""
    device = paddle.get_device()
    paddle.set_device("cpu")
    try:
        yield
    finally:
        paddle.set_device(device)


def _facts(
    request: Request,
    generator: Generator,
    data: DataSet | None,
    files: list[str],
    difference: float,
    samples: str | None,
) -> Facts:
    chosen, run = FORMATS[request.kind], run_of(request.source)
    name = (run.path if run else request.source).resolve().name
    return Facts(
        title=name.removesuffix(".safetensors"),
        config=generator.config,
        checkpoint=describe(checkpoint_file(request.source, request.which)),
        kind=request.kind,
        library=chosen.library,
        packages=chosen.packages,
        files=files,
        difference=difference,
        data=data,
        evaluation=_evaluation(run.path, generator.name) if run else None,
        source=request.source,
        license=request.license,
        samples=samples,
    )


def _evaluation(folder: Path, checkpoint: str) -> Evaluation | None:
    """What `lsgan evaluate` has found about a checkpoint; None if nothing that can be read."""
    with suppress(ValueError):
        found = read_evaluation(folder)
        if found and found.checkpoint == checkpoint and found.results:
            return found
    return None


def _write_samples(generator: Generator, data: DataSet | None, folder: Path) -> str | None:
    """Write a grid of samples; of an image-to-image generator only if images are at hand."""
    task, config = generator.task, generator.config
    rows = None
    if not task.is_conditional:
        given = generator.latents(example.SEEDS)
    elif data is None:
        return None
    else:
        trained, held_out = split(len(data.pack), config.data.val_fraction, config.train.seed)
        rows = data.pack.images[(held_out if len(held_out) else trained)[:_INPUTS_SHOWN]]
        given = task.inputs(np.empty(0, np.float32), rows)
    samples = generator.render(given)
    save_png(task.sheet(samples, example.COLUMNS, rows), folder / SAMPLES)
    return SAMPLES


def _write_words(facts: Facts, folder: Path) -> None:
    """Write the card, the configuration, the example and, where authors are known, their list."""
    write_text(folder / CONFIG, annotated(without_folders(facts.config)))
    text = example.example(facts.config, facts.kind, facts.packages)
    write_text(folder / example.NAME, text)
    if facts.data and facts.data.attributions:
        write_text(folder / ATTRIBUTION, facts.data.attribution_list())
    write_text(folder / CARD, card(facts))
