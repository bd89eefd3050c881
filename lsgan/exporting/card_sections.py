"""The sections of a model card, each a list of lines."""

import shlex

from lsgan import __version__
from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.results import MetricResult
from lsgan.exporting.example import latent_function
from lsgan.exporting.facts import UNKNOWN_LICENSE, Facts
from lsgan.exporting.provenance import ATTRIBUTION, UNKNOWN, without_folders
from lsgan.exporting.recipe import recipe_of
from lsgan.exporting.signature import inputs_of, output_of
from lsgan.io.markdown import escaped, paragraph, table
from lsgan.tasks import task_of

_NOTES = {
    "onnx": [],
    "paddle": paragraph(
        "Paddle Inference reads the two files as well. With Paddle 3.3.1 on a CPU, call",
        "`disable_mkldnn()` of its `Config`: one of its passes for oneDNN can crash.",
    ),
    "safetensors": paragraph(
        "The weights have the names of the `state_dict` of `lsgan.networks.build_generator`. Those",
        "of linear layers are (inputs, outputs); `_mean` and `_variance` are batch norm's running",
        "statistics.",
    ),
}


def introduction(facts: Facts) -> list[str]:
    """The name, two sentences, and samples."""
    model, task = facts.config.model, task_of(facts.config)
    images = f"{model.size}×{model.size} {'colour' if model.channels == 3 else 'grey'} images"
    if not task.makes_images:
        does = f"curves of {model.points} points"
    else:
        does = f"{images} from such images" if task.is_conditional else images
    lines = [
        f"# {escaped(facts.title)}",
        *paragraph(
            f"A generator of {does}: {model.generator}, trained with lsgan for",
            f"{facts.checkpoint.step} steps, exported by lsgan {__version__}. The weights are the",
            "moving average (EMA) of the training, with batch-norm statistics estimated for it.",
        ),
    ]
    if facts.samples:
        shown = "Inputs and outputs" if task.is_conditional else "Seeds 0 to 15"
        lines += ["", f"![Samples]({facts.samples})", "", f"*{shown}, not selected.*"]
    return lines


def usage(facts: Facts) -> list[str]:
    """How to run the model, what it takes and gives, and how latents follow from seeds."""
    config = facts.config
    task = task_of(config)
    described = [("input", spec) for spec in inputs_of(config)] + [("output", output_of(config))]
    rows = []
    for kind, spec in described:
        shape = ", ".join(["N", *map(str, spec.shape)])
        rows.append([kind, f"`{spec.name}`", f"{spec.dtype} ({shape})", escaped(spec.meaning)])
    drawn = f", which shows what `{facts.samples}` does" if _is_repeated(facts) else ""
    lines = [
        "## Use",
        "",
        "```sh",
        f"pip install {' '.join(facts.packages)}",
        f"python example.py{' IMAGE...' if task.is_conditional else ''}",
        "```",
        *paragraph(f"`example.py` writes `grid.png`{drawn}."),
        "",
        *table(["", "name", "shape; N is free", "numbers"], rows),
        *paragraph(
            "The file was run after it had been written, in batches of 8 and of 3. The largest",
            f"difference from what lsgan computes was {facts.difference:.1e}.",
        ),
        *_NOTES[facts.kind],
    ]
    return lines if task.is_conditional else [*lines, *_seeds(facts)]


def training_data(facts: Facts) -> list[str]:
    """What the model was trained on, and under which licences."""
    data, title = facts.data, "## Training data"
    if task_of(facts.config).is_synthetic:
        curves = "Ten thousand curves a·x² + (a − 1), with a from 1 to 2, which lsgan computes."
        return [title, *paragraph(curves)]
    if data is None:
        name = f", {escaped(facts.data_name)}," if facts.data_name else ""
        return [
            title,
            *paragraph(
                f"The data set{name} was not at hand when this card was written, so the licences",
                "and the authors of its images are not stated here: ask whoever trained the model.",
                f"The SHA-256 of its pixels is `{facts.checkpoint.data or 'not known'}`.",
            ),
        ]
    held_out = 100 * facts.config.data.val_fraction
    lines = [
        title,
        *paragraph(
            f"{len(data.pack)} images of {data.pack.size}×{data.pack.size} pixels from the data",
            f"set {escaped(data.name)}, of which {held_out:g}% were held out from training. The",
            f"SHA-256 of the pixels is `{data.pack.digest}`.",
        ),
        "",
        *table(
            ["licence of the images", "images"],
            [[escaped(name), str(count)] for name, count in data.licenses.most_common()],
        ),
    ]
    if data.licenses[UNKNOWN]:
        lines += paragraph(f"{UNKNOWN}: none is recorded. Ask their owners what may be done.")
    if data.sources:
        sources = (f"{escaped(name)} ({count})" for name, count in data.sources.most_common())
        lines += paragraph(f"Sources: {', '.join(sources)}.")
    if data.attributions:
        listed = f"[{ATTRIBUTION}]({ATTRIBUTION}) lists titles, authors, licences and pages."
        lines += paragraph(listed)
    return lines


def training(facts: Facts) -> list[str]:
    """The recipe, and the digests by which the weights can be told from others."""
    recipe, checkpoint = recipe_of(facts.config), facts.checkpoint
    seen = checkpoint.step * facts.config.train.images
    lines = [
        "## Training",
        *paragraph(
            f"{checkpoint.step} steps, with {seen} images in all. `config.yaml` has all settings;",
            f"they are those of lsgan's `{recipe.name}`"
            + (", but for these:" if recipe.changes else "."),
        ),
    ]
    if recipe.changes:
        rows = [[f"`{key}`", escaped(own), escaped(theirs)] for key, theirs, own in recipe.changes]
        lines += ["", *table(["setting", "here", f"in {recipe.name}"], rows)]
    lines += paragraph(f"Digest of the checkpoint: `{checkpoint.digest}`.")
    if checkpoint.parent:
        lines += paragraph(
            "It was fine-tuned: training began with the weights of the checkpoint",
            f"`{checkpoint.parent}`, whose own training data are not listed here.",
        )
    return lines


def evaluation(facts: Facts) -> list[str]:
    """The metrics, or how to get them."""
    found, title = facts.evaluation, "## Evaluation"
    if found is None:
        name = shlex.quote(facts.source.resolve().name)
        step = "" if name.endswith(".safetensors") else f" --step {facts.checkpoint.step}"
        command = f"lsgan evaluate {name}{step}"
        does = f"Not evaluated. `{command}` does it; export the model again after it."
        return [title, *paragraph(does)]
    first = found.results[0]
    notes = list(dict.fromkeys(result.note for result in found.results if result.note))
    return [
        title,
        *paragraph(
            f"{first.n} images against {escaped(without_folders(first.reference))}, seed",
            f"{first.seed}. The baseline is the same metric between photographs alone",
            f"(n = {first.baseline_n}), and errors are standard errors.",
        ),
        "",
        *table(
            ["metric", "features", "value", "baseline"],
            [_metric(result, notes) for result in found.results],
        ),
        *(line for place, note in enumerate(notes) for line in _note(place, note)),
        *paragraph(f"Memorization: {_memorization(found.memorization)}."),
    ]


def limits(facts: Facts) -> list[str]:
    """What the model is for and what it is not."""
    title = "## Intended use and limits"
    if not task_of(facts.config).makes_images:
        return [title, "", "For teaching and for tests. It generates nothing but such curves."]
    return [
        title,
        "",
        "For art, teaching and research on generative models.",
        "",
        "- What it shows does not exist. Do not pass its images off as photographs, or as evidence",
        "  of what a place looks like.",
        "- It has seen nothing but its training data: what is rare there is rare or missing here,",
        "  and what is wrong or one-sided there is so here.",
        "- Some images fail. The samples above are not selected.",
        "- A test for memorization can find copies; it cannot prove that there are none.",
    ]


def model_license(facts: Facts) -> list[str]:
    """The licence of the weights."""
    title = "## Licence"
    if facts.license == UNKNOWN_LICENSE:
        return [
            title,
            *paragraph(
                "No licence has been chosen for the model. Whoever publishes it chooses one, with",
                "the licences of the images in mind: `lsgan export --license`.",
            ),
        ]
    said = f"The model: {facts.license}. The images that it was trained on: see above."
    return [title, *paragraph(said)]


def _is_repeated(facts: Facts) -> bool:
    """Whether the example draws the very samples that are shown."""
    task = task_of(facts.config)
    return facts.samples is not None and task.makes_images and not task.is_conditional


def _seeds(facts: Facts) -> list[str]:
    config = facts.config
    lines = [
        *paragraph("A seed gives the latent, and so the sample, that `lsgan sample --seeds` has:"),
        "",
        "```python",
        "import zlib",
        "",
        "import numpy as np",
        "",
        *([] if config.model.classes else [""]),
        *latent_function(config).splitlines(),
        "```",
    ]
    if task_of(config).makes_images:
        lines += paragraph("Pixels are `round((x + 1) * 127.5)`, half to even, within 0 to 255.")
    if config.model.latent_distribution == "normal":
        lines += paragraph(
            "Latents times a number below 1, such as 0.7, give more typical, less varied samples",
            "(`lsgan sample --truncation`).",
        )
    return lines


def _metric(result: MetricResult, notes: list[str]) -> list[str]:
    arrow = "↓" if result.better == "lower" else "↑"
    mark = rf" \[{notes.index(result.note) + 1}\]" if result.note else ""
    return [
        f"{escaped(result.name)} {arrow}",
        escaped(result.features),
        _number(result.value, result.std_error) + mark,
        _number(result.baseline, result.baseline_std_error),
    ]


def _note(place: int, note: str) -> list[str]:
    return paragraph(rf"\[{place + 1}\] {escaped(note)}.")


def _number(value: float | None, error: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.4g}" if error is None else f"{value:.4g} ± {error:.2g}"


def _memorization(found: Memorization | None) -> str:
    if found is None:
        return "not tested; that needs the photographs trained on, and others held out"
    return escaped(str(found))
