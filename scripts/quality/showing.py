"""The metrics as a table and as a plot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

BASELINES = ("photographs", "photographs blurred to 16 px")
# For each column its heading, features, metric and number format.
COLUMNS = (
    ("Fréchet", "scattering", "frechet", "{:.2f}"),
    ("precision", "scattering", "precision", "{:.2f}"),
    ("recall", "scattering", "recall", "{:.3f}"),
    ("density", "scattering", "density", "{:.2f}"),
    ("coverage", "scattering", "coverage", "{:.2f}"),
    ("lite2: Fréchet", "lite2", "frechet", "{:.1f}"),
    ("lite2: recall", "lite2", "recall", "{:.3f}"),
    ("lite2: density", "lite2", "density", "{:.2f}"),
    ("lite2: coverage", "lite2", "coverage", "{:.2f}"),
    ("lite0: Fréchet", "lite0", "frechet", "{:.1f}"),
)
NOTES = """\
Fréchet, precision, recall, density, coverage: wavelet scattering, against photographs held out.
Copies: images nearer to a training photograph than 99% of new photographs are; of new photographs
{expected:.1%} are. lite2: EfficientNet-lite2, trained on ImageNet. lite0: EfficientNet-lite0, the
features that `kanas-projected.yaml` is trained on, so good values there say little. Every
network trained on ImageNet, lite2 too, favours a discriminator on ImageNet features (Kynkäänniemi
et al. 2022, arXiv 2203.06026); wavelet scattering is trained on nothing. {images} images per point;
{photographs} photographs in the baselines. Minutes count from the start of the command.
"""


def table(found: dict[str, Any]) -> str:
    """All points and baselines as Markdown."""
    headings = ["system", "minutes", "images", *(column[0] for column in COLUMNS), "copies"]
    lines = ["| " + " | ".join(headings) + " |", "| --- " + "| ---: " * (len(headings) - 1) + "|"]
    for system in found["systems"]:
        for point in system["points"]:
            words = [
                system["name"],
                f"{point['seconds'] / 60:.1f}",
                f"{point['images']:,}",
                *_numbers(point["metrics"]),
                f"{point['copies']['share']:.1%}",
            ]
            lines.append("| " + " | ".join(words) + " |")
    for name, metrics in _baselines(found):
        lines.append("| " + " | ".join([name, "", "", *_numbers(metrics), ""]) + " |")
    return "\n".join(lines) + "\n\n" + _notes(found)


def _numbers(metrics: dict[str, dict[str, float]]) -> list[str]:
    return [form.format(metrics[features][name]) for _, features, name, form in COLUMNS]


def _notes(found: dict[str, Any]) -> str:
    systems = found["systems"]
    shares = [point["copies"]["expected"] for system in systems for point in system["points"]]
    return NOTES.format(
        expected=shares[0] if shares else 0,
        images=f"{found['images']:,}",
        photographs=f"{systems[0]['photographs']['photographs']:,}" if systems else "no",
    )


def _baselines(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, dict[str, float]]]]:
    """The baselines, once for each choice of held-out photographs."""
    seen = []
    for system in found["systems"]:
        for name in BASELINES:
            row = name, system["baselines"][name]
            if row not in seen:
                seen.append(row)
                yield row


def plot(found: dict[str, Any], path: Path) -> None:
    """The Fréchet distances on lite2 and on scattering against minutes, a line for each system."""
    from matplotlib.figure import Figure

    figure = Figure((11, 4.5), layout="constrained")
    sides = figure.subplots(1, 2)
    panels = (
        ("lite2", "Fréchet distance on EfficientNet-lite2"),
        ("scattering", "Fréchet distance on wavelet scattering"),
    )
    for side, (features, title) in zip(sides, panels, strict=True):
        for system in found["systems"]:
            minutes = [point["seconds"] / 60 for point in system["points"]]
            values = [point["metrics"][features]["frechet"] for point in system["points"]]
            side.plot(minutes, values, marker="o", label=system["name"])
        for style, name in zip((":", "--"), BASELINES, strict=True):
            values = [
                metrics[features]["frechet"] for one, metrics in _baselines(found) if one == name
            ]
            for value in values[:1]:
                side.axhline(value, color="grey", linestyle=style, label=name)
        side.set(yscale="log", xlabel="minutes of training", title=title)
        side.set_xlim(left=0)
        side.grid(alpha=0.3, which="both")
    sides[0].legend()
    figure.savefig(path, dpi=120)
