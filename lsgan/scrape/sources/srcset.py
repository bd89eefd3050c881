"""The attribute srcset: one image in several forms (HTML Standard, 4.8.4.2.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_DESCRIPTOR = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([wx]),?")
# A page that says less is mistaken, or has a script that sets it.
_LEAST_WIDTH = 32
_LONGEST, _MOST = 100_000, 100


@dataclass(frozen=True)
class Form:
    """One form of an image.

    Attributes:
        url: as it stands in the page.
        width: in pixels, where the page tells a likely one.
        density: pixels for each of the layout; 0 where the page tells an unlikely width.
    """

    url: str
    width: int | None = None
    density: float = 1


def forms_of(text: str) -> Iterator[Form]:
    """The forms in their order.

    They are divided by commas, but addresses may hold commas too.
    """
    return islice(_all_forms(text[:_LONGEST]), _MOST)


def largest_first(text: str) -> list[Form]:
    """The forms, the largest first, as far as the page tells."""
    return sorted(forms_of(text), key=lambda form: -(form.width or form.density))


def _all_forms(text: str) -> Iterator[Form]:
    parts = iter(text.split())
    for url in parts:
        size, unit = 1.0, "x"
        if not url.endswith(","):
            for descriptor in parts:
                said = _DESCRIPTOR.fullmatch(descriptor)
                if said:
                    size, unit = min(float(said[1]), 1e6), said[2]
                if descriptor.endswith(","):
                    break
        if url.startswith("data:") or not url.strip(","):
            continue
        if unit == "x":
            yield Form(url.strip(","), density=size)
        elif size >= _LEAST_WIDTH:
            yield Form(url.strip(","), width=int(size))
        else:
            yield Form(url.strip(","), density=0)
