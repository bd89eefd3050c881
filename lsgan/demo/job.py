"""The whole job on rendered landscapes, as users do it with photographs."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.config.choices import look_up
from lsgan.data.pack import PACKED
from lsgan.demo import weights
from lsgan.demo.gallery import serve
from lsgan.demo.landscapes import write_landscapes
from lsgan.demo.scene import SEASONS, Season
from lsgan.errors import ConfigError, DataError
from lsgan.io.files import locked, make_folder, writing
from lsgan.scrape.complete import scrape_and_prepare
from lsgan.system import runtime

_LOCK = ".lsgan-demo.lock"
# In pixels: 120×160 are enough for images of 64×64.
_LEAST_HEIGHT = 120
_PARENT = """
                      (from the packaged weights, which were trained on summer landscapes only)"""


@dataclass(frozen=True)
class Wanted:
    """What a demonstration is asked for.

    Attributes:
        count: how many landscapes to render.
        seasons: of which seasons; none named: autumn with packaged weights, else all.
        random_weights: whether to begin with random ones although the packaged ones would fit.
        name: the configuration to train, one for images.
        changes: settings to change in it, each "section.key=value".
    """

    count: int
    seasons: list[str]
    random_weights: bool
    name: str
    changes: list[str]


def demonstrate(out: Path, wanted: Wanted, device: str, say: Callable[[str], None]) -> None:
    """Render landscapes, serve and scrape them, train, sample, and say what to do next.

    Args:
        out: folder for all of it; one that an earlier demonstration made is made anew.
        wanted: what to render and to train.
        device: "auto", "cpu", "gpu" or "gpu:N".
        say: called with each line for the user.

    Raises:
        LsganError: if `out` holds something else, or a part of the job fails.
    """
    site, collected, run = out / "site", out / "data", Run(out / "run")
    config = config_files.with_data(_configuration(wanted), collected / PACKED)
    seasons = _seasons(wanted.seasons, config)
    chosen = runtime.start(device)
    _take(out)
    busy = DataError(
        f"another lsgan demo is working in {out}", "Wait for it, or give another --out."
    )
    with locked(out / _LOCK, busy):
        _clear(run, (site, collected, run.path), config.train.steps)
        config = _collect(site, collected, wanted.count, seasons, config, say)
        say(f"3. {_command(wanted.name, config, run)}")
        _train(config, run, chosen)
        say(f"4. {run.command('sample')}")
        say(_show(run, config, out))


def _collect(
    site: Path,
    collected: Path,
    count: int,
    seasons: tuple[Season, ...],
    config: Config,
    say: Callable[[str], None],
) -> Config:
    """Render landscapes into `site`, serve them, and scrape them into `collected`.

    Returns:
        `config` with what was asked of the scraper.

    Raises:
        SystemExit: if a signal stopped it.
    """
    say(
        f"1. Rendering {count} landscapes ({', '.join(seasons)}) for a gallery, served on this "
        "machine"
    )
    height = max(_LEAST_HEIGHT, config.model.size)
    write_landscapes(
        site, count, width=height * 4 // 3, height=height, progress=True, seasons=seasons
    )
    with serve(site) as address:
        asked = {"pages": [address], "count": count, "out": str(collected)}
        config = config_files.with_settings(config, "scrape", asked)
        say(f"2. lsgan scrape --url {address} --out {collected} --allow-private-hosts")
        signal = scrape_and_prepare(config, name="", allow_private_hosts=True, say=say)
    if signal:
        raise SystemExit(128 + signal)
    return config


def _train(config: Config, run: Run, device: str) -> None:
    # Imported here, as it loads Paddle.
    from lsgan.training.train import train

    outcome = train(config, run.path, device)
    if outcome.signal:
        raise SystemExit(128 + outcome.signal)


def _show(run: Run, config: Config, out: Path) -> str:
    """Generate images with the trained `run` into `out`; where they are, and what to do next."""
    from lsgan.inference import sampling
    from lsgan.inference.latent_set import of_seeds

    generator = sampling.open_generator(run.path)
    images, ends = (of_seeds(generator, range(count)) for count in (64, 8))
    grid = sampling.write_grid(generator, images, out, columns=8, upscale=2)
    film = sampling.write_interpolation(generator, ends, 16, out, upscale=2)
    first = run.samples / "step-00000000.png"
    train = f"lsgan train --config {_for_photographs()}"
    return f"""
Generated images      {grid}
Before training       {first}{_PARENT if _is_packaged(config) else ""}
Interpolation         {film}
Real images           {run.samples / "reals.png"}
Losses                {run.losses}

Next, with photographs of a place from the web:

    lsgan scrape "Lake Bled" --contact YOUR-MAIL-ADDRESS
    {train} --data data/lake-bled/packed --out runs/bled
    lsgan sample runs/bled

or with your own, a few hundred or more:

    lsgan prepare YOUR-PHOTOGRAPHS --out data/mine
    {train} --data data/mine --out runs/mine
    lsgan sample runs/mine"""


def _for_photographs() -> str:
    """The configuration that makes the best of photographs with what is installed."""
    return "kanas-projected.yaml" if runtime.has_pretrained() else "kanas.yaml"


def _configuration(wanted: Wanted) -> Config:
    """The configuration to train, which collects its images as demo.yaml does.

    Raises:
        ConfigError: if it cannot be read, or trains on classes or on something other than images.
    """
    name, changes = wanted.name, wanted.changes
    config = config_files.load(config_files.find(name), changes)
    if config.data.kind != "images":
        raise ConfigError(
            f"{name} trains on {config.data.kind}, and the demo renders images",
            f"Train it with lsgan train --config {name}.",
        )
    if config.data.classes != "none":
        raise ConfigError(
            f"{name} trains on classes, and the demo's landscapes have none",
            "Add --set data.classes=none.",
        )
    of_the_gallery = [change for change in changes if change.startswith("scrape.")]
    gallery = config_files.load(config_files.find("demo.yaml"), of_the_gallery)
    config = config_files.with_settings(config, "scrape", gallery.scrape.model_dump())
    # Other networks cannot begin with the packaged weights, and who names others means them.
    named = config.train.initial_weights or wanted.random_weights
    if not named and weights.fit(config):
        config = config_files.with_initial_weights(config, str(weights.SUMMER))
    return config


def _seasons(named: list[str], config: Config) -> tuple[Season, ...]:
    """The seasons to render.

    Raises:
        ConfigError: if one of those named is none.
    """
    if not named:
        # What the packaged weights have not seen.
        return ("autumn",) if _is_packaged(config) else SEASONS
    for name in named:
        look_up("--season", name, dict.fromkeys(SEASONS))
    return tuple(season for season in SEASONS if season in named)


def _is_packaged(config: Config) -> bool:
    """Whether the training begins with the weights that come with the program."""
    return config.train.initial_weights == str(weights.SUMMER)


def _command(name: str, config: Config, run: Run) -> str:
    """The command line that trains as the demonstration does."""
    begun = config.train.initial_weights
    parent = f" --from {shlex.quote(begun)}" if begun else ""
    data, out = (shlex.quote(str(path)) for path in (config.data.path, run.path))
    return f"lsgan train --config {name}{parent} --data {data} --out {out}"


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
