"""The report: one Markdown file for people, and the same as JSON."""

import json
from pathlib import Path
from typing import Any

from running import FAILED, LEFT_OUT, OUT_OF_TIME, PASSED, Result

# What a GPU has to come to: speed beside PyTorch's in the same precision, and percent of the time
# in which it computes.
LEAST_RATIO, LEAST_BUSY = 1.0, 90.0


def write(
    path: Path, facts: dict[str, Any], results: list[Result], busy: dict[str, dict[str, Any]]
) -> None:
    """Write both files.

    Args:
        path: the Markdown file; the other has the ending .json.
        facts: about the machine and this check.
        results: of the steps so far.
        busy: how busy the GPU was, by what it did.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "facts": facts,
        "targets": targets(facts, results, busy),
        "steps": [vars(result) for result in results],
        "busy": busy,
    }
    for file, text in (
        (path.with_suffix(".json"), json.dumps(content, indent=2, ensure_ascii=False) + "\n"),
        (path, markdown(facts, results, busy)),
    ):
        unfinished = file.with_name(f".{file.name}.part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)


def code(results: list[Result]) -> int:
    """The exit code: 0 only if all that ran passed, and something did."""
    ran = [result.verdict for result in results if result.verdict != LEFT_OUT]
    return int(not ran or any(verdict != PASSED for verdict in ran))


def targets(
    facts: dict[str, Any], results: list[Result], busy: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """What was to be reached, what was, and whether that is enough (None: not measured).

    They are a GPU's; a rehearsal measures none of them.
    """
    figures = [figure for result in results for figure in result.figures]
    on_gpu = facts["device"] == "GPU"
    ratios = [figure for figure in figures if on_gpu and figure.get("ratio") is not None]
    found: list[dict[str, Any]] = []
    for name in ("kanas", "kanas-projected"):
        own = [figure for figure in ratios if figure["configuration"] == name]
        for figure in own or [None]:
            how = f", {figure['mode']}" if figure else ""
            found.append(
                {
                    "what": f"{name} at batch 64{how}: times PyTorch's speed",
                    "least": LEAST_RATIO,
                    "found": figure["ratio"] if figure else None,
                }
            )
    for what in busy or ("training",):
        share = busy[what]["mean"] if what in busy else None
        found.append({"what": f"{what}: percent busy", "least": LEAST_BUSY, "found": share})
    for each in found:
        each["met"] = None if each["found"] is None else each["found"] >= each["least"]
    return found


def markdown(facts: dict[str, Any], results: list[Result], busy: dict[str, dict[str, Any]]) -> str:
    """The report as Markdown."""
    counts = {
        verdict: sum(result.verdict == verdict for result in results)
        for verdict in (PASSED, FAILED, OUT_OF_TIME, LEFT_OUT)
    }
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    lines = [f"# lsgan on a {facts['device']}: {said or 'nothing has run'}", ""]
    if facts["device"] != "GPU":
        lines += ["A rehearsal: it says that the steps run, and nothing about a GPU.", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items() if value]
    lines += ["", "| step | verdict | seconds |", "| --- | --- | --- |"]
    lines += [f"| {each.name} | {each.verdict} | {each.seconds:.0f} |" for each in results]
    lines += ["", "## Targets", "", "| what | at least | found | |", "| --- | --- | --- | --- |"]
    for each in targets(facts, results, busy):
        met = {None: "not measured", True: "met", False: "missed"}[each["met"]]
        value = "" if each["found"] is None else f"{each['found']:.2f}"
        lines.append(f"| {each['what']} | {each['least']:g} | {value} | {met} |")
    lines += ["", "## Figures", "", *_figures(results, busy)]
    lines += ["", "## What the steps printed last"]
    for result in results:
        if result.tail:
            # Of a block of code nothing in it can end it but such a line.
            shown = "\n".join(result.tail).replace("```", "'''")
            lines += ["", f"### {result.name}: {result.verdict}", "", "```text", shown, "```"]
    return "\n".join(lines) + "\n"


def _figures(results: list[Result], busy: dict[str, dict[str, Any]]) -> list[str]:
    lines = ["| what | value |", "| --- | --- |"]
    for result in results:
        for figure in result.figures:
            if "what" in figure:
                lines.append(f"| {figure['what']} | {figure['value']} |")
    for what, found in busy.items():
        lines.append(
            f"| GPU during {what} | busy {found['mean']:.0f}% of the time (median "
            f"{found['median']:.0f}%, {found['samples']} samples), {found['megabytes']:.0f} MB |"
        )
    return lines
