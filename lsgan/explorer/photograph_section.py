"""The section that finds the image nearest to a photograph."""

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from lsgan.explorer import markup
from lsgan.explorer.events import SLOW, answered
from lsgan.explorer.explore_tab import Controls, figure_of
from lsgan.explorer.selection import Explorer, Selection
from lsgan.explorer.uploads import read_upload

_EXPLANATION = (
    "The image nearest to your photograph is searched for among all that the generator can make; "
    "the sliders then start from it. The photograph stays on the machine that serves this page, "
    "and is deleted when it has been read."
)


def photograph_section(explorer: Explorer, controls: Controls) -> None:
    """Build the section."""
    with gr.Accordion("Start from a photograph", open=False):
        upload = gr.UploadButton("Choose a photograph", size="sm", file_types=["image"])
        result = gr.HTML(markup.note(_EXPLANATION), elem_classes="result")

    # The image itself is shown first, without what was changed of another one.
    reset: list[Any] = [controls.share, *controls.amounts.values()]
    if controls.class_name is not None:
        reset.append(controls.class_name)

    @answered
    def project(
        path: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio is asked for it)
        *values: Any,
    ) -> tuple[Any, ...]:
        photograph, _ = read_upload(Path(path), explorer.generator)
        progress(0, desc="comparing with many images")
        found = explorer.project(
            photograph, lambda done, steps: progress((done, steps), desc="searching")
        )
        chosen = Selection(controls.read(values).seed, photograph=found.latents)
        captions = ["your photograph", f"nearest image, distance {found.distances[0]:.3f}"]
        row = markup.row_of(np.concatenate([photograph, found.images]), captions)
        return found.latents, figure_of(explorer, chosen), row, *(each.value for each in reset)

    outputs = [controls.photograph, controls.shown, result, *reset]
    upload.upload(project, [upload, *controls.inputs], outputs, show_progress_on=result, **SLOW)
