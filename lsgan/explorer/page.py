"""The whole page."""

from pathlib import Path

import gradio as gr

from lsgan.explorer import markup
from lsgan.explorer.explore_tab import explore_tab
from lsgan.explorer.photograph_section import photograph_section
from lsgan.explorer.selection import Explorer
from lsgan.explorer.training_tab import training_tab
from lsgan.explorer.walk_section import walk_section
from lsgan.inference.generator import Generator
from lsgan.latent_space.directions import Directions


def build(
    source: Path, name: str, generator: Generator, directions: Directions | None, command: str
) -> gr.Blocks:
    """The page about a generator of images.

    Args:
        source: a run's folder or a checkpoint file.
        name: what it is called.
        generator: its generator.
        directions: the generator's, None if there are none.
        command: what finds them.

    Raises:
        ConfigError: if the generator makes no images of latents.
    """
    explorer = Explorer(generator, directions)
    with gr.Blocks(title=name, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(markup.heading(name, generator))
        with gr.Tabs():
            with gr.Tab("Explore"):
                sections = (walk_section, photograph_section)
                controls = explore_tab(explorer, command, sections)
            with gr.Tab("Training") as tab:
                training_tab(source, explorer, controls, tab)
    return page
