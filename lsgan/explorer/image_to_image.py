"""The page about a generator that makes images of images."""

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from lsgan.explorer import markup
from lsgan.explorer.events import SLOW, answered
from lsgan.explorer.uploads import read_upload
from lsgan.inference.generator import Generator
from lsgan.inference.latent_set import in_a_file_name
from lsgan.io.images import to_unit

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

    @answered
    def make(path: str) -> str:
        return made_of(Path(path), generator)

    with gr.Blocks(title=name, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(markup.heading(name, generator))
        upload = gr.UploadButton(
            "Choose an image", size="sm", file_types=["image"], elem_classes="short"
        )
        result = gr.HTML(markup.note(_EXPLANATION), elem_classes="large")
        upload.upload(make, upload, result, **SLOW)
    return page


def made_of(path: Path, generator: Generator) -> str:
    """An uploaded image and what is made of it, beside each other.

    Raises:
        DataError: if it is none.
    """
    given, name = read_upload(path, generator)
    made: Any = generator.task.generated_part(generator.render(to_unit(given), fill=False))
    captions = ["given", f"made by {generator.name}"]
    saved = f"{generator.name}-of-{in_a_file_name(name)}"
    return markup.row_of(np.concatenate([given, made]), captions, saved)
