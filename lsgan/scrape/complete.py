"""From the web to a packed data set: what `lsgan scrape` does."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lsgan.config import Config, config_files
from lsgan.data.pack import MANIFEST, PACKED
from lsgan.data.settings import Defaults, PrepareSettings
from lsgan.data.target import Target
from lsgan.errors import DataError
from lsgan.io.files import read_lines
from lsgan.scrape.attribution import ATTRIBUTION
from lsgan.scrape.deduplicator import PHOTOGRAPHS
from lsgan.scrape.job import scrape
from lsgan.scrape.report import REPORT


def scrape_and_prepare(
    config: Config,
    *,
    name: str | None = None,
    retry_failed: bool = False,
    allow_private_hosts: bool = False,
    prepare: bool = True,
    cluster: str = "",
    say: Callable[[str], None],
) -> int:
    """Collect photographs, report the result, and pack them for the configuration's model.

    The data set of an earlier scrape into the same folder is replaced, no other one.

    Args:
        config: its scrape section says what to collect, its model section how to pack.
        name: the configuration's, if it was asked for: the training that is named next has it
            too. "" to name none.
        retry_failed: try again what failed in earlier runs.
        allow_private_hosts: fetch from private and loopback addresses too.
        prepare: whether to pack.
        cluster: address of the scheduler of a Dask cluster whose workers fetch; empty for none.
        say: called with each line for the user.

    Returns:
        The number of the signal that stopped it, else 0.

    Raises:
        LsganError: if a part of it cannot be done, or nothing was kept.
    """
    out = Path(config.scrape.out)
    settings = PrepareSettings(
        config.model.size, config.model.channels, keep_duplicates=config.scrape.keep_duplicates
    )
    if prepare:
        _check_packed(out, settings)
    outcome = scrape(
        config.scrape,
        retry_failed=retry_failed,
        allow_private_hosts=allow_private_hosts,
        cluster=cluster,
        say=say,
    )
    say(str(outcome.report))
    say(f"authors and licences: {out / ATTRIBUTION}; report: {out / REPORT}")
    if outcome.signal:
        return outcome.signal
    if not outcome.report.kept:
        raise DataError(
            f"no image was collected into {out}",
            "Search for other words, add sources or relax the filters; see the lines above.",
        )
    if prepare:
        from lsgan.data.prepare import prepare as pack  # needed last, and slow to load

        say("")
        summary = pack([out], out / PACKED, settings, overwrite=True)
        say(str(summary if name is None else replace(summary, training=_training(name, config))))
    else:
        say(f"next: {_prepare(out, PACKED, settings)}")
    return 0


def _check_packed(out: Path, settings: PrepareSettings) -> None:
    """Refuse to scrape where there is something else than what would be packed in the end.

    Raises:
        DataError: saying how to do it all the same.
    """
    packed = out / PACKED
    other = f"packed-{settings.size}"
    remedy = f"Add --no-prepare, and then run: {_prepare(out, other, settings)}"
    try:
        Target(packed).check_settings(settings)
    except DataError as error:
        raise DataError(error.message, remedy) from None
    if (packed / MANIFEST).is_file() and not _is_of(out, packed):
        raise DataError(f"{packed} holds a data set of other images than {out}", remedy)


def _is_of(out: Path, packed: Path) -> bool:
    """Whether every image of the data set `packed` is of a set scraped into `out`."""
    return all(
        Path(str(row.get("source"))).resolve().name == out.resolve().name
        and str(row.get("file")).startswith(f"{PHOTOGRAPHS}/")
        for row in read_lines(packed / MANIFEST)
    )


def _prepare(out: Path, packed: str, settings: PrepareSettings) -> str:
    """The command that packs the set in `out` into the folder `packed` of it."""
    source, target = (shlex.quote(str(path)) for path in (out, out / packed))
    return " ".join(filter(None, ["lsgan prepare", source, "--out", target, settings.options]))


def _training(name: str, config: Config) -> str:
    """The options with which the configuration `name` trains on what was packed by `config`."""
    if not name:
        return ""
    model, own = config.model, config_files.load(config_files.find(name)).model
    return Defaults(own.size, own.channels, shlex.quote(name)).training(model.size, model.channels)
