"""The page about a generator that makes images of images."""

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from lsgan.explorer import markup
from lsgan.explorer.events import SLOW, answered
from lsgan.inference.generator import Generator
from lsgan.io.images import to_unit
from lsgan.latent_space.photographs import read_photographs

_EXPLANATION = (
    "Choose an image of the kind that the generator was trained to be given; what it makes of it "
    "is shown beside it. The file stays on the machine that serves this page, and is deleted when "
    "it has been read."
)


def build(name: str, generator: Generator) -> gr.Blocks:
    """The page.

    Args:
        name: what the run or file is called.
        generator: one that is given images.
    """
    with gr.Blocks(title=f"{name} · lsgan explore", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(markup.heading(name, generator))
        gr.HTML(markup.note(_EXPLANATION))
        upload = gr.UploadButton("Choose an image", size="sm", file_types=["image"])
        result = gr.HTML(elem_classes="result", min_height=40)

    @answered
    def make(path: str) -> str:
        try:
            given, names = read_photographs([Path(path)], generator, 1, lambda _: None)
        finally:
            Path(path).unlink(missing_ok=True)
        made: Any = generator.task.generated_part(generator.render(to_unit(given), fill=False))
        captions = ["given", f"made by {generator.name}"]
        return markup.row_of(np.concatenate([given, made]), captions, f"{generator.name}-{names[0]}")

    upload.upload(make, upload, result, **SLOW)
    return page
