"""The section that makes an animation from seed to seed."""

from typing import Any

import gradio as gr

from lsgan.explorer import markup
from lsgan.explorer.events import LIVE, SLOW, answered
from lsgan.explorer.explore_tab import Controls
from lsgan.explorer.selection import Explorer
from lsgan.inference.latent_set import in_a_file_name, parse_seeds

_KINDS = {"GIF": "gif", "WebP": "webp"}

_EXPLANATION = "Class, truncation and directions are those of the image shown."


def walk_section(explorer: Explorer, controls: Controls) -> None:
    """Build the section; class, truncation and directions are those of the image shown."""
    with gr.Accordion("Walk from seed to seed", open=False):
        seeds = gr.Textbox("0-3", label="Seeds", info="Numbers and ranges: 3, 14, 20-22")
        with gr.Row():
            frames = gr.Slider(4, 60, 24, step=1, label="Frames from one to the next")
            kind = gr.Radio(list(_KINDS), value="GIF", label="Format")
        with gr.Row(elem_classes="buttons"):
            add = gr.Button("Add the seed shown", size="sm")
            make = gr.Button("Make the walk", size="sm", variant="primary")
        result = gr.HTML(markup.note(_EXPLANATION), elem_classes="result")

    def added(text: str, seed: Any) -> str:
        return ", ".join(part for part in (text.strip().strip(","), str(int(seed or 0))) if part)

    @answered
    def walk(text: str, frames: float, kind: str, *values: Any) -> str:
        numbers = parse_seeds(text)
        ending = _KINDS[kind]
        chosen = controls.read(values)
        content = explorer.walk(numbers, chosen, int(frames), f".{ending}")
        name = f"{explorer.generator.name}-walk-{in_a_file_name(text)}"
        return markup.animation(content, ending, f"{len(numbers)} seeds", name)

    add.click(added, [seeds, controls.seed], seeds, **LIVE)
    make.click(walk, [seeds, frames, kind, *controls.inputs], result, **SLOW)
