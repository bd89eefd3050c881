"""The second tab: how the training went."""

from pathlib import Path
from typing import Any

import gradio as gr

from lsgan.explorer import markup, training
from lsgan.explorer.events import LIVE, SLOW, answered
from lsgan.explorer.explore_tab import Controls
from lsgan.explorer.selection import Explorer
from lsgan.reporting.record import Grid, read_run

_NO_RUN = (
    "A checkpoint file does not tell how it was trained. Open its run's folder to see the curves, "
    "the grids over time and the nearest training images: `lsgan explore RUN`"
)

_NEAREST = "All training images are measured the first time, which takes a moment."


def training_tab(source: Path, explorer: Explorer, controls: Controls, tab: gr.Tab) -> None:
    """Build the tab; it is read again whenever it is opened.

    Args:
        source: a run's folder or a checkpoint file.
        explorer: renders the image shown.
        controls: those of the first tab.
        tab: the tab itself.
    """
    if not source.is_dir():
        gr.HTML(markup.note(_NO_RUN))
        return
    gr.Markdown("### The same latents over time")
    with gr.Column(elem_classes="over-time"):
        place = gr.Slider(1, 2, 1, step=1, label="Grid, from the first to the last", buttons=[])
        grid = gr.HTML()
    gr.Markdown("### Curves")
    plots = gr.HTML()
    gr.Markdown("### Nearest training images")
    find = gr.Button("Find those nearest to the image shown", size="sm", elem_classes="short")
    nearest = gr.HTML(markup.note(_NEAREST), elem_classes="result")
    sheet = gr.HTML()
    images = training.TrainingImages(source, explorer.generator)
    grids: list[Grid] = []

    @answered
    def read() -> tuple[Any, str, str, str]:
        record = read_run(source)
        grids[:] = record.grids
        count = len(grids)
        slider = gr.Slider(maximum=max(2, count), value=max(1, count), interactive=count > 1)
        return slider, show(count), training.curves_of(record), training.copies(record)

    def show(number: float) -> str:
        if not grids:
            return markup.note("There are no grids yet.")
        return training.grid_of(grids[min(max(int(number), 1), len(grids)) - 1])

    @answered
    def compare(progress: gr.Progress = gr.Progress(), *values: Any) -> str:  # noqa: B008
        chosen = controls.read(values)
        return images.nearest(explorer.image(chosen), lambda line: progress(None, desc=line))

    tab.select(read, None, [place, grid, plots, sheet], **{**LIVE, "show_progress": "minimal"})
    place.input(show, place, grid, **LIVE)
    find.click(compare, controls.inputs, nearest, **SLOW)
