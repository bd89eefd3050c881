"""What directions do, as a table, as a file and as strips of images."""

import json
from pathlib import Path

import numpy as np

from lsgan.inference.generator import Generator
from lsgan.inference.latent_set import in_a_file_name
from lsgan.io.files import make_folder, write_text
from lsgan.io.images import captioned, save_png
from lsgan.latent_space.directions import Directions

# Of the strips; a latent and one moved so far are still about as likely.
AMOUNTS = (-4.0, -2.0, 0.0, 2.0, 4.0)
_SEEDS = 4
_DIRECTIONS_ON_A_SHEET = 32


def table(found: Directions) -> str:
    """For a terminal: how far +2 moves each direction's property, and the others at most."""
    rows = [("direction", "moves", "by", "and at most", "by")]
    for place, name in enumerate(found.names):
        (own, effect), (other, beside) = found.effect(place), found.side_effect(place)
        rows.append((name, own, f"{2 * effect:+.2f}", other, f"{2 * beside:+.2f}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.append("by: of +2, in standard deviations among generated images, on other latents")
    return "\n".join(line.rstrip() for line in lines)


def write_json(found: Directions, folder: Path) -> Path:
    """Write `directions.json`, with the effect of +1 on every property; returns its path."""
    content = {
        "checkpoint": found.checkpoint,
        "unit": "standard deviations among generated images, for one unit",
        "directions": [
            {
                "name": name,
                "kind": found.kinds[place],
                "effects": {
                    other: round(float(effect), 4)
                    for other, effect in zip(found.properties, found.effects[place], strict=True)
                },
            }
            for place, name in enumerate(found.names)
        ],
    }
    path = make_folder(folder) / "directions.json"
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path


def write_strips(generator: Generator, found: Directions, folder: Path) -> None:
    """Write a strip of each direction, `NAME.png`, and all in one image, `directions.png`.

    From left to right the amounts are −4, −2, 0, 2 and 4. A strip has a row for each of four seeds;
    the image of all has a row for each of the first 32 directions.
    """
    make_folder(folder)
    latents = generator.latents(range(_SEEDS))
    first_rows = []
    for name, vector in zip(found.names, found.vectors, strict=True):
        moved = np.repeat(latents, len(AMOUNTS), 0)
        moved[:, : len(vector)] += np.outer(np.tile(AMOUNTS, _SEEDS), vector).astype(np.float32)
        samples = generator.render(moved)
        sheet = generator.task.sheet(samples, len(AMOUNTS))
        save_png(sheet, folder / f"{in_a_file_name(name)}.png")
        first_rows.append(samples[: len(AMOUNTS)])
    if generator.task.makes_images:
        path = folder / "directions.png"
        shown = np.concatenate(first_rows[:_DIRECTIONS_ON_A_SHEET])
        save_png(captioned(shown, found.names[:_DIRECTIONS_ON_A_SHEET], len(AMOUNTS)), path)
