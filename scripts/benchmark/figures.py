"""The figures that are kept, and the table of them in scripts/README.md."""

import json
import time
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("figures.json")
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- speed: python scripts/benchmark --table -->\n", "<!-- end of speed -->\n"


def append(machine: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Add the figures of one run of the benchmark to those that are kept."""
    records = [*kept(), {"date": time.strftime("%Y-%m-%d"), "machine": machine, "rows": rows}]
    FILE.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


def kept() -> list[dict[str, Any]]:
    """One record for each run of the benchmark, the oldest first."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []


def write_table() -> None:
    """Write the table in scripts/README.md anew."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(before + BEGIN + table(kept()) + END + after, encoding="utf-8")


def table(records: list[dict[str, Any]]) -> str:
    """The newest figures of each kind on each processor, in Markdown."""
    newest = {
        (row["what"], _processor(record)): (row, record)
        for record in records
        for row in record["rows"]
    }
    lines = ["", "| what | lsgan | compared with | ratio | on |", "| --- | --- | --- | --- | --- |"]
    for (what, processor), (row, record) in newest.items():
        other = row.get("other")
        cells = [
            what,
            _figure(row["lsgan"], row["unit"]),
            f"{other} {_figure(row[other], row['unit'])}" if other else "",
            f"{row['ratio']:.2f} ({row['ratio_least']:.2f} to {row['ratio_most']:.2f})"
            if other
            else "",
            f"{processor}, {record['date']}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", ""])


def _figure(found: dict[str, float], unit: str) -> str:
    return f"{found['median']:.3g} {unit} ({found['least']:.3g} to {found['most']:.3g})"


def _processor(record: dict[str, Any]) -> str:
    machine = record["machine"]
    return f"{machine['cores']} cores of {machine['processor']}"
