"""The section that finds the image nearest to a photograph."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from lsgan.arrays import Floats
from lsgan.explorer import markup
from lsgan.explorer.events import SLOW, answered
from lsgan.explorer.explore_tab import Controls, figure_of
from lsgan.explorer.selection import Explorer

_EXPLANATION = (
    "The image nearest to your photograph is searched for among all that the generator can make; "
    "the sliders then start from it. The photograph stays on the machine that serves this page, "
    "and is deleted when it has been read."
)


def photograph_section(explorer: Explorer, controls: Controls) -> None:
    """Build the section."""
    with gr.Accordion("Start from a photograph", open=False):
        gr.HTML(markup.note(_EXPLANATION))
        upload = gr.UploadButton("Choose a photograph", size="sm", file_types=["image"])
        result = gr.HTML(elem_classes="result", min_height=40)

    @answered
    def project(
        path: str, *values: Any, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Floats, str, str]:
        try:
            photograph, found = explorer.project(
                Path(path), lambda done, all_: progress((done, all_), desc="searching")
            )
        finally:
            Path(path).unlink(missing_ok=True)
        chosen = replace(controls.read(values), photograph=found.latents)
        captions = ["your photograph", f"nearest image, distance {found.distances[0]:.3f}"]
        row = markup.row_of(np.concatenate([photograph, found.images]), captions)
        return found.latents, figure_of(explorer, chosen), row

    outputs = [controls.photograph, controls.shown, result]
    upload.upload(project, [upload, *controls.inputs], outputs, **SLOW)
