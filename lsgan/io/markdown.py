"""Text of strangers in Markdown, which shows it and does nothing else."""

import re
import textwrap

_WIDTH = 95


def escaped(text: str) -> str:
    """`text` on one line, every character of it shown as it is."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&])", r"\\\1", " ".join(text.split()))


def link(text: str, address: str) -> str:
    """`text`, which is escaped already, as a link if `address` is one of the web."""
    if not re.match(r"https?://", address):
        return text
    # A space or an angle bracket would end the address.
    safe = re.sub(r"[\s<>]", lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), address)
    return f"[{text}](<{safe}>)"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table; its cells are Markdown already."""
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def paragraph(*sentences: str) -> list[str]:
    """The lines of a paragraph, and an empty one before it."""
    text = " ".join(sentences)
    wrapped = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return ["", *wrapped]
