"""From a run or a checkpoint file to its page."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from lsgan.explorer.serving import prepare
from lsgan.inference.sampling import open_generator
from lsgan.latent_space.directions import default_file, open_directions

if TYPE_CHECKING:
    import gradio as gr


def open_page(source: Path, which: str) -> "gr.Blocks":
    """The page about a generator.

    Args:
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.

    Raises:
        LsganError: if it cannot be read, the page cannot show such a generator, or Gradio is not
            installed.
    """
    prepare()
    generator = open_generator(source, which)
    name = source.resolve().name if source.is_dir() else source.name
    if generator.task.is_conditional:
        from lsgan.explorer import image_to_image

        return image_to_image.build(name, generator)
    from lsgan.explorer import page

    path = default_file(source)
    directions = open_directions(path, generator) if path.is_file() else None
    command = f"lsgan directions {shlex.quote(str(source))}"
    return page.build(source, name, generator, directions, command)
