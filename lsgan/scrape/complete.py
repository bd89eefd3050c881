"""From the web to a packed data set: what `lsgan scrape` does."""

import shlex
from collections.abc import Callable
from pathlib import Path

from lsgan.config import Config
from lsgan.dataset.prepare import prepare as pack
from lsgan.dataset.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.scrape.attribution import ATTRIBUTION
from lsgan.scrape.job import scrape
from lsgan.scrape.report import REPORT

PACKED = "packed"


def scrape_and_prepare(
    config: Config,
    *,
    retry_failed: bool = False,
    allow_private_hosts: bool = False,
    prepare: bool = True,
    say: Callable[[str], None],
) -> int:
    """Collect photographs, say what came of it, and pack them for the configuration's model.

    Args:
        config: its scrape section says what to collect, its model section how to pack.
        retry_failed: try again what failed in earlier runs.
        allow_private_hosts: fetch from private and loopback addresses too.
        prepare: whether to pack.
        say: is given each line for the user.

    Returns:
        The number of the signal that stopped it, else 0.

    Raises:
        LsganError: if a part of it cannot be done, or nothing was kept.
    """
    out = Path(config.scrape.out)
    outcome = scrape(
        config.scrape,
        retry_failed=retry_failed,
        allow_private_hosts=allow_private_hosts,
        say=say,
    )
    say(str(outcome.report))
    say(f"whose they are: {out / ATTRIBUTION}; every loss: {out / REPORT}")
    if outcome.signal:
        return outcome.signal
    if not outcome.report.kept:
        raise DataError(
            f"no picture was collected into {out}",
            "Ask for other words or more sources, or loosen the filters; see the lines above.",
        )
    if prepare:
        settings = PrepareSettings(
            config.model.size,
            config.model.channels,
            keep_duplicates=config.scrape.keep_duplicates,
        )
        say("")
        say(str(pack([out], out / PACKED, settings)))
    else:
        folder = shlex.quote(str(out))
        say(f"next: lsgan prepare {folder} --out {shlex.quote(str(out / PACKED))}")
    return 0
