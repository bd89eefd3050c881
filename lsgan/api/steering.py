"""Exploring and steering a generator: directions, project, explore."""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from lsgan.api.paths import AnyPath
from lsgan.system import runtime

if TYPE_CHECKING:
    import gradio

    from lsgan.latent_space.directions import Directions
    from lsgan.latent_space.project import Projected


def directions(
    source: AnyPath,
    out: AnyPath | None = None,
    *,
    step: str | int = "best",
    examples: Mapping[str, tuple[AnyPath, AnyPath]] | None = None,
    components: int = 10,
    seed: int = 0,
    device: str = "auto",
    progress: bool = True,
) -> "Directions":
    """Find directions that steer a generator, as `lsgan directions` does.

    Args:
        source: a run's folder or a checkpoint file.
        out: the folder to write to; by default directions/ in the run.
        step: of a run, "best", "latest" or a step that it has kept.
        examples: by a direction's name, two folders of photographs: with what it adds, and without.
        components: how many principal directions.
        seed: decides which latents are taken.
        device: "auto", "cpu", "gpu" or "gpu:N".
        progress: whether to print the progress.

    Returns:
        The directions: names, and vectors to add to what `Generator.latents` gives.

    Raises:
        LsganError: if something cannot be read or written, or the generator has no latents.
    """
    runtime.start(device)
    from lsgan.latent_space.examples import Examples
    from lsgan.latent_space.find import Request, find

    own = {
        name: Examples(Path(present), Path(absent))
        for name, (present, absent) in (examples or {}).items()
    }
    folder = Path(out) if out else None
    request = Request(Path(source), str(step), own, components, seed, folder)
    return find(request, print if progress else lambda _: None)


def project(
    photographs: AnyPath | Iterable[AnyPath],
    source: AnyPath,
    out: AnyPath | None = None,
    *,
    step: str | int = "best",
    starts: int = 4,
    search_steps: int = 150,
    baseline: int = 4,
    seed: int = 0,
    format: str = "gif",  # noqa: A002 (what it is called everywhere)
    device: str = "auto",
    progress: bool = True,
) -> "Projected":
    """Find the latents whose images are nearest to photographs, as `lsgan project` does.

    Args:
        photographs: a file or a folder, or several of them.
        source: a run's folder or a checkpoint file.
        out: the folder to write to; by default projections/ in the run.
        step: of a run, "best", "latest" or a step that it has kept.
        starts: from how many latents the search begins for each photograph.
        search_steps: how many steps it takes.
        baseline: how many training and held-out photographs are projected to compare with.
        seed: decides where searches begin.
        format: of the animation: "gif", "webp", "apng" or "mp4".
        device: "auto", "cpu", "gpu" or "gpu:N".
        progress: whether to print the progress.

    Returns:
        The distances, and the files with the latents, the images and the animation.

    Raises:
        LsganError: if something cannot be read or written.
    """
    runtime.start(device)
    from lsgan.latent_space.project import Request
    from lsgan.latent_space.project import project as run

    several = [photographs] if isinstance(photographs, str | PathLike) else list(photographs)
    request = Request(
        photographs=[Path(path) for path in several],
        source=Path(source),
        which=str(step),
        out=Path(out) if out else None,
        starts=starts,
        steps=search_steps,
        baseline=baseline,
        seed=seed,
        suffix=f".{format}",
    )
    return run(request, print if progress else lambda _: None)


def explore(
    source: AnyPath,
    *,
    step: str | int = "best",
    host: str = "127.0.0.1",
    port: int | None = None,
    share: bool = False,
    device: str = "auto",
) -> "gradio.Blocks":
    """Open a page to explore a generator and its training, as `lsgan explore` does.

    In a notebook the page is shown there; in any case it goes on until its `close` is called or
    the program ends.

    Args:
        source: a run's folder or a checkpoint file.
        step: of a run, "best", "latest" or a step that it has kept.
        host: the address to listen on: "127.0.0.1" for this machine alone, "0.0.0.0" for all.
        port: the port; by default the first free one from 7860 on.
        share: whether to make a public address for it, by a server of Gradio's.
        device: "auto", "cpu", "gpu" or "gpu:N".

    Returns:
        The page; `local_url` is its address.

    Raises:
        LsganError: if the generator cannot be read or shown, Gradio is not installed, or there is
            no such address or port.
    """
    from lsgan.explorer import serving

    serving.prepare()
    runtime.start(device)
    from lsgan.explorer.explore import open_page

    page = open_page(Path(source), str(step))
    serving.launch(page, host, port, share)
    return page
