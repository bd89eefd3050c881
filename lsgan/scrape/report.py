"""What a scrape has come to: for the terminal, and for programs in `scrape-report.json`."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lsgan.config import ScrapeSection
from lsgan.data import rejection
from lsgan.io.files import write_text
from lsgan.scrape import filters
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.fetch import response
from lsgan.scrape.finder import Finder
from lsgan.scrape.sources.page import NO_FURTHER_PAGE

REPORT = "scrape-report.json"

MEANINGS = {
    **rejection.REASONS,
    **{reason: meaning for reason, (_, meaning) in response.REASONS.items()},
    **filters.REASONS,
    "identical": "the same bytes as a kept one",
    "near": "nearly the same as a kept one",
    "by-hand": "the file was deleted by hand and stays away",
}
# As they are listed: what was got, then every way of loss, then what was not needed.
_STATES = ("kept", "duplicate", "filtered", "refused", "rejected", "failed", "removed")
_WAITING = ("found", "chosen", "fetched")


@dataclass(frozen=True)
class Report:
    """The whole catalogue in figures: `found` is the sum of all that follow it.

    Attributes:
        out: folder of the set.
        asked: how many images were to be collected.
        found: how many candidates the sources have told of, in all runs.
        states: how many of them are in each state.
        losses: one row for each source, state and reason: "source", "state", "reason", "count".
        queries: one row for each query of this run: "source", "name", "ending", "detail", "pages".
        hosts: of this run, for each host: "requests", "bytes", "seconds_waited".
        seconds: time this run took.
        bytes: read from all hosts in this run.
        interrupted: whether it was stopped before its end.
    """

    out: str
    asked: int
    found: int
    states: dict[str, int]
    losses: list[dict[str, Any]]
    queries: list[dict[str, Any]]
    hosts: dict[str, dict[str, float]]
    seconds: float
    bytes: int
    interrupted: bool

    @property
    def kept(self) -> int:
        """How many images there are now."""
        return self.states["kept"]

    def verdict(self) -> str:
        """How the scrape has ended, in a line."""
        count = f"{self.kept} of {self.asked}"
        held_up = [query for query in self.queries if query["ending"] not in ("", "exhausted")]
        if self.kept >= self.asked:
            return f"{count}: complete"
        if self.interrupted:
            return f"{count}: stopped; the same command goes on"
        if held_up:
            names = ", ".join(sorted({f"{query['source']} {query['ending']}" for query in held_up}))
            return f"{count}: sources exhausted or held up ({names})"
        if all(query["detail"].startswith(NO_FURTHER_PAGE) for query in self.queries):
            return f"{count}: {NO_FURTHER_PAGE}"
        return f"{count}: sources exhausted"

    def __str__(self) -> str:
        lines = [self.verdict(), f"found       {self.found:>8}"]
        for state in _STATES:
            if self.states[state] or state == "kept":
                lines.append(f"{state:<11} {self.states[state]:>8}")
            reasons: Counter[str] = Counter()
            for row in self.losses:
                if row["state"] == state:
                    reasons[row["reason"]] += row["count"]
            lines += [
                f"    {reason:<18} {count:>6}  {MEANINGS.get(reason, '')}".rstrip()
                for reason, count in sorted(reasons.items())
            ]
        waiting = sum(self.states[state] for state in _WAITING)
        if waiting:
            lines.append(f"not needed  {waiting:>8}")
        lines += [f"{row['source']}, {row['name']}: {_ending(row)}" for row in self.queries]
        lines.append(f"{self.bytes / 1e6:.1f} MB in {self.seconds:.0f} s")
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """Write it as JSON, atomically."""
        content = {"verdict": self.verdict(), "kept": self.kept, **asdict(self)}
        write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _ending(query: dict[str, Any]) -> str:
    if query["detail"].startswith(NO_FURTHER_PAGE):
        return str(query["detail"])
    return ": ".join(filter(None, (query["ending"] or "goes on", query["detail"])))


def report(
    catalogue: Catalogue,
    finder: Finder,
    settings: ScrapeSection,
    hosts: dict[str, dict[str, float]],
    seconds: float,
    interrupted: bool,
) -> Report:
    """The figures of a catalogue and of the run that ends now."""
    counts = catalogue.rows("SELECT state, sum(number) AS count FROM tallies GROUP BY state")
    states = dict.fromkeys((*_STATES, *_WAITING), 0)
    states |= {row["state"]: row["count"] for row in counts}
    losses = catalogue.rows(
        "SELECT source, state, reason, sum(number) AS count FROM tallies JOIN queries"
        " ON queries.id = tallies.query WHERE reason != '' AND number > 0"
        " GROUP BY source, state, reason"
        " ORDER BY source, state, reason"
    )
    ours = {query.id for query in finder.queries()}
    queries = catalogue.rows(
        "SELECT id, source, name, ending, detail, pages FROM queries ORDER BY id"
    )
    return Report(
        out=settings.out,
        asked=settings.count,
        found=sum(states.values()),
        states=states,
        losses=[dict(row) for row in losses],
        queries=[
            {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118 no mapping
            for row in queries
            if row["id"] in ours
        ],
        hosts=hosts,
        seconds=round(seconds, 2),
        bytes=int(sum(figures["bytes"] for figures in hosts.values())),
        interrupted=interrupted,
    )
