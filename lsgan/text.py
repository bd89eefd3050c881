"""Words for messages."""


def printable(text: str, most: int = 60) -> str:
    """`text` on one line: control characters escaped, and the middle left out beyond `most`."""
    # Of a text of megabytes no more is looked at than can be shown.
    ends = text if len(text) <= 2 * most else text[:most] + text[-most:]
    plain = "".join(each if each.isprintable() else repr(each)[1:-1] for each in ends)
    if len(plain) <= most:
        return plain
    return f"{plain[: most // 2]}...{plain[len(plain) - most // 2 + 3 :]}"


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is 1: "1 image", "2 images"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
