"""Words for messages."""


def printable(text: str, most: int = 60) -> str:
    """`text` on one line, without control characters, cut to `most` characters."""
    # Of a text of megabytes no more is looked at than can be shown.
    plain = "".join(each if each.isprintable() else "?" for each in text[: most + 1])
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is 1: "1 picture", "2 pictures"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
