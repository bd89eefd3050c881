"""The sections of a model card, each a list of lines."""

import shlex

from lsgan import __version__
from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.results import MetricResult
from lsgan.exporting.example import latent_function
from lsgan.exporting.facts import UNKNOWN_LICENSE, Facts
from lsgan.exporting.markdown import escaped, table
from lsgan.exporting.provenance import ATTRIBUTION, UNKNOWN, without_folders
from lsgan.exporting.recipe import recipe_of
from lsgan.exporting.signature import inputs_of, output_of
from lsgan.tasks import task_of

_NOTES = {
    "onnx": [],
    "paddle": [
        "",
        "Paddle Inference reads the two files as well. With Paddle 3.3.1 on a CPU, call",
        "`disable_mkldnn()` of its `Config`: one of its passes for oneDNN can crash.",
    ],
    "safetensors": [
        "",
        "The weights have the names of the `state_dict` of `lsgan.networks.build_generator`. Those",
        "of linear layers are (inputs, outputs); `_mean` and `_variance` are batch norm's running",
        "statistics.",
    ],
}


def introduction(facts: Facts) -> list[str]:
    """The name, one sentence, and samples."""
    model, step = facts.config.model, facts.checkpoint.step
    task = task_of(facts.config)
    size = f"{model.size}×{model.size} {'colour' if model.channels == 3 else 'grey'} images"
    if not task.makes_images:
        does = f"curves of {model.points} points"
    else:
        does = f"{size} from {size}" if task.is_conditional else size
    lines = [
        f"# {escaped(facts.title)}",
        "",
        f"A generator of {does} ({model.generator}, trained with lsgan for {step} steps; exported",
        f"by lsgan {__version__}). The weights are the moving average (EMA) of the training, with",
        "batch-norm statistics that were estimated for it.",
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
    lines = [
        "## Use",
        "",
        "```sh",
        f"pip install {' '.join(facts.packages)}",
        f"python example.py{' IMAGE...' if task.is_conditional else ''}",
        "```",
        "",
        "`example.py` writes `grid.png`"
        + (f", which shows what `{facts.samples}` does." if _is_repeated(facts) else "."),
        "",
        *table(["", "name", "shape; N is free", "numbers"], rows),
        "",
        "The file was run after it had been written, in batches of 8 and of 3. The largest",
        f"difference from what lsgan computes was {facts.difference:.1e}.",
        *_NOTES[facts.kind],
    ]
    return lines if task.is_conditional else [*lines, "", *_seeds(facts)]


def training_data(facts: Facts) -> list[str]:
    """What the model was trained on, and under which licences."""
    data, title = facts.data, ["## Training data", ""]
    if task_of(facts.config).is_synthetic:
        return [
            *title,
            "Ten thousand curves a·x² + (a − 1), with a from 1 to 2, which lsgan computes.",
        ]
    if data is None:
        name = f", {escaped(facts.data_name)}," if facts.data_name else ""
        return [
            *title,
            f"The data set{name} was not at hand when this card was written, so the licences and",
            "the authors of its images are not stated here: ask whoever trained the model. The",
            f"SHA-256 of its pixels is `{facts.checkpoint.data or 'not known'}`.",
        ]
    held_out = 100 * facts.config.data.val_fraction
    lines = [
        *title,
        f"{len(data.pack)} images of {data.pack.size}×{data.pack.size} pixels from the data set",
        f"{escaped(data.name)}, of which {held_out:g}% were held out from training. The SHA-256 of",
        f"the pixels is `{data.pack.digest}`.",
        "",
        *table(
            ["licence of the images", "images"],
            [[escaped(name), str(count)] for name, count in data.licenses.most_common()],
        ),
    ]
    if data.licenses[UNKNOWN]:
        lines += ["", f"{UNKNOWN}: none is recorded. What may be done with them, their owners say."]
    if data.sources:
        sources = (f"{escaped(name)} ({count})" for name, count in data.sources.most_common())
        lines += ["", f"Sources: {', '.join(sources)}."]
    if data.attributions:
        lines += ["", f"[{ATTRIBUTION}]({ATTRIBUTION}) lists titles, authors, licences and pages."]
    return lines


def training(facts: Facts) -> list[str]:
    """The recipe, and the digests by which the weights can be told from others."""
    recipe, checkpoint = recipe_of(facts.config), facts.checkpoint
    seen = checkpoint.step * facts.config.train.images
    lines = [
        "## Training",
        "",
        f"{checkpoint.step} steps, in which the discriminator saw {seen} images. `config.yaml` has",
        f"all settings; they are those of lsgan's `{recipe.name}`"
        + (", but for these:" if recipe.changes else "."),
    ]
    if recipe.changes:
        rows = [[f"`{key}`", escaped(own), escaped(theirs)] for key, theirs, own in recipe.changes]
        lines += ["", *table(["setting", "here", f"in {recipe.name}"], rows)]
    lines += ["", f"Digest of the checkpoint: `{checkpoint.digest}`."]
    if checkpoint.parent:
        lines += ["", "It was fine-tuned: training began with the weights of the checkpoint"]
        lines += [f"`{checkpoint.parent}`, whose own training data are not listed here."]
    return lines


def evaluation(facts: Facts) -> list[str]:
    """The metrics, or how to get them."""
    found, title = facts.evaluation, ["## Evaluation", ""]
    if found is None:
        name = shlex.quote(facts.source.resolve().name)
        command = f"lsgan evaluate {name}"
        if not name.endswith(".safetensors"):
            command += f" --step {facts.checkpoint.step}"
        return [*title, f"Not evaluated. `{command}` does it; export the model again after it."]
    first = found.results[0]
    return [
        *title,
        f"{first.n} images against {escaped(without_folders(first.reference))}, seed {first.seed}.",
        f"The baseline is the same metric between photographs alone (n = {first.baseline_n}), and",
        "errors are standard errors.",
        "",
        *table(
            ["metric", "features", "value", "baseline"],
            [_metric(result) for result in found.results],
        ),
        "",
        f"Memorization: {_memorization(found.memorization)}.",
    ]


def limits(facts: Facts) -> list[str]:
    """What the model is for and what it is not."""
    lines = ["## Intended use and limits", ""]
    if not task_of(facts.config).makes_images:
        return [*lines, "For teaching and for tests. It generates nothing but such curves."]
    return [
        *lines,
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
    lines = ["## Licence", ""]
    if facts.license == UNKNOWN_LICENSE:
        return [
            *lines,
            "No licence has been chosen for the model. Whoever publishes it chooses one, with the",
            "licences of the images in mind: `lsgan export --license`.",
        ]
    return [*lines, f"The model: {facts.license}. The images that it was trained on: see above."]


def _is_repeated(facts: Facts) -> bool:
    """Whether the example draws the very samples that are shown."""
    task = task_of(facts.config)
    return facts.samples is not None and task.makes_images and not task.is_conditional


def _seeds(facts: Facts) -> list[str]:
    config = facts.config
    lines = [
        "A seed gives the same latent, and so the same sample, as `lsgan sample --seeds` does:",
        "",
        "```python",
        "import zlib",
        "",
        "import numpy as np",
        "",
        "",
        *latent_function(config).splitlines(),
        "```",
    ]
    if task_of(config).makes_images:
        lines += ["", "Pixels are `round((image + 1) * 127.5)`, half to even, within 0 to 255."]
    if config.model.latent_distribution == "normal":
        lines += ["", "Latents times a number below 1, such as 0.7, give more typical, less varied"]
        lines += ["samples (`lsgan sample --truncation`)."]
    return lines


def _metric(result: MetricResult) -> list[str]:
    arrow = "↓" if result.better == "lower" else "↑"
    return [
        f"{escaped(result.name)} {arrow}",
        escaped(result.features),
        _number(result.value, result.std_error)
        + (f" ({escaped(result.note)})" * bool(result.note)),
        _number(result.baseline, result.baseline_std_error),
    ]


def _number(value: float | None, error: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.4g}" if error is None else f"{value:.4g} ± {error:.2g}"


def _memorization(found: Memorization | None) -> str:
    if found is None:
        return "not tested; that needs the photographs trained on, and others held out"
    return str(found)
