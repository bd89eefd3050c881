"""The whole main job on the embedded landscapes: what a user does with photographs, at one go."""

import shutil
from collections.abc import Callable
from pathlib import Path

from lsgan import config_files, runtime
from lsgan.config import Config
from lsgan.demo.gallery import serve
from lsgan.demo.landscapes import write_landscapes
from lsgan.errors import ConfigError, DataError
from lsgan.files import locked, make_folder, writing
from lsgan.scrape.complete import PACKED, scrape_and_prepare
from lsgan.training import checkpoint
from lsgan.training.run import Run

_LOCK = ".lsgan-demo.lock"
# In pixels: 120×160 are enough for pictures of 64×64.
_LEAST_HEIGHT = 120


def demonstrate(
    out: Path,
    count: int,
    name: str,
    changes: list[str],
    device: str,
    say: Callable[[str], None],
) -> None:
    """Render landscapes, serve and scrape them, train, sample, and say what to do next.

    Args:
        out: folder for all of it; one that an earlier demonstration made is made anew.
        count: how many landscapes to render.
        name: the configuration to train, one for pictures.
        changes: settings to change in it, each "section.key=value".
        device: "auto", "cpu", "gpu" or "gpu:N".
        say: is given each line for the user.

    Raises:
        LsganError: if `out` holds something else, or a part of the job fails.
    """
    site, collected, run = out / "site", out / "data", Run(out / "run")
    config = config_files.with_data(_configuration(name, changes), collected / PACKED)
    chosen = runtime.start(device)
    _take(out)
    busy = DataError(
        f"another lsgan demo is working in {out}", "Wait for it, or give another --out."
    )
    with locked(out / _LOCK, busy):
        _clear(run, (site, collected, run.path), config.train.steps)
        config = _collect(site, collected, count, config, say)
        say(f"3. lsgan train --config {name} --data {config.data.path} --out {run.path}")
        _train(config, run, chosen)
        say(f"4. {run.command('sample')}")
        say(_show(run, out))


def _collect(
    site: Path, collected: Path, count: int, config: Config, say: Callable[[str], None]
) -> Config:
    """Render landscapes into `site`, serve them, and scrape them into `collected`.

    Returns:
        `config` with what was asked of the scraper.

    Raises:
        SystemExit: if a signal stopped it.
    """
    say(f"1. Rendering {count} landscapes, for a gallery on a web server of this machine")
    height = max(_LEAST_HEIGHT, config.model.size)
    write_landscapes(site, count, width=height * 4 // 3, height=height, progress=True)
    with serve(site) as address:
        asked = {"pages": [address], "count": count, "out": str(collected)}
        config = config_files.with_settings(config, "scrape", asked)
        say(f"2. lsgan scrape --url {address} --out {collected} --allow-private-hosts")
        signal = scrape_and_prepare(config, allow_private_hosts=True, say=say)
    if signal:
        raise SystemExit(128 + signal)
    return config


def _train(config: Config, run: Run, device: str) -> None:
    # Imported here, as it loads Paddle.
    from lsgan.training.loop import train

    outcome = train(config, run.path, device)
    if outcome.signal:
        raise SystemExit(128 + outcome.signal)


def _show(run: Run, out: Path) -> str:
    """Render pictures of what `run` has learnt into `out`; what to look at and to do next."""
    from lsgan import sampling

    generator = sampling.open_generator(run.path)
    grid = sampling.write_grid(generator, range(64), out, columns=8, upscale=2)
    walk = sampling.write_walk(generator, range(8), 16, out, upscale=2)
    return f"""
New pictures            {grid}
A walk between them     {walk}
The real ones           {run.samples / "reals.png"}
How training went       {run.losses}

These few minutes show that everything works; good pictures take hours. Next, with photographs
of a place from the web:

    lsgan scrape "Lake Bled" --contact YOUR-MAIL-ADDRESS
    lsgan train --config kanas.yaml --data data/lake-bled/packed --out runs/bled
    lsgan sample runs/bled

or with your own, a few hundred or more:

    lsgan prepare YOUR-PHOTOGRAPHS --out data/mine
    lsgan train --config kanas.yaml --data data/mine --out runs/mine
    lsgan sample runs/mine"""


def _configuration(name: str, changes: list[str]) -> Config:
    """The configuration `name`, which collects its pictures as demo.yaml does.

    Raises:
        ConfigError: if it cannot be read, or trains on something other than pictures.
    """
    config = config_files.load(config_files.find(name), changes)
    if config.data.kind != "pictures":
        raise ConfigError(
            f"{name} trains on {config.data.kind}, and the demo renders pictures",
            f"Train it with lsgan train --config {name}.",
        )
    of_the_gallery = [change for change in changes if change.startswith("scrape.")]
    gallery = config_files.load(config_files.find("demo.yaml"), of_the_gallery)
    return config_files.with_settings(config, "scrape", gallery.scrape.model_dump())


def _take(out: Path) -> None:
    """Make the folder `out` a demonstration's.

    Raises:
        DataError: if it holds something else.
    """
    mark = make_folder(out) / ".lsgan-demo"
    with writing(out):
        if not mark.is_file() and any(out.iterdir()):
            raise DataError(f"{out} is not empty and not of an earlier demo", "Give another --out.")
        mark.touch()


def _clear(run: Run, parts: tuple[Path, ...], steps: int) -> None:
    """Remove what an earlier demonstration left.

    Raises:
        DataError: if its run has been trained for longer than this one's would be.
        RunError: if it is being trained now.
    """
    trained = max(map(checkpoint.step_of, checkpoint.listed(run.checkpoints)), default=0)
    if trained > steps:
        raise DataError(
            f"{run.path} has been trained for {trained} steps, more than this demo would",
            "Give another --out, so that it is not lost.",
        )
    with run.locked():
        pass
    for part in parts:
        shutil.rmtree(part, ignore_errors=True)
