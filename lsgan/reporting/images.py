"""Images and plots as text that stands in a page."""

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from PIL import Image

# A wider image is made smaller: a page is to stay a few megabytes.
_WIDEST = 1056
_TALLEST = 4 * _WIDEST
_QUALITY = 88
# Colours that Matplotlib is given, and what a page has in their place.
INK = "#0a0b0c"
_COLORS = {
    INK: "currentColor",
    "#1f77b4": "var(--series-1)",
    "#ff7f0e": "var(--series-2)",
    "#2ca02c": "var(--series-3)",
    "#d62728": "var(--series-4)",
    "#9467bd": "var(--series-5)",
    "#8c564b": "var(--series-6)",
    "#e377c2": "var(--series-7)",
    "#7f7f7f": "var(--series-8)",
}


@dataclass(frozen=True)
class Embedded:
    """An image in a page: a data URI, its width and height in pixels."""

    uri: str
    width: int
    height: int


def embedded(path: Path) -> Embedded | None:
    """The image at `path`, at most 1056 pixels wide; None if it cannot be read."""
    try:
        with Image.open(path) as opened:
            if opened.format != "PNG":
                return None
            image = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # Of a damaged PNG Pillow raises either of the first three.
        return None
    image.thumbnail((_WIDEST, _TALLEST), Image.Resampling.LANCZOS)
    encoded = [_encoded(image, "PNG", optimize=True), _encoded(image, "JPEG", quality=_QUALITY)]
    kind, content = min(zip(("png", "jpeg"), encoded, strict=True), key=lambda pair: len(pair[1]))
    text = base64.b64encode(content).decode("ascii")
    return Embedded(f"data:image/{kind};base64,{text}", *image.size)


def svg(figure: Any, name: str, description: str) -> Markup:
    """A figure of Matplotlib's as an inline SVG in the page's own colours and font.

    Args:
        figure: the figure, drawn within `style`.
        name: what its identifiers begin with: of all figures in a page another.
        description: what it shows, for those who do not see it.
    """
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = text.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    for color, variable in _COLORS.items():
        text = text.replace(color, variable)
    # The page decides how large it is.
    head, rest = text.split(">", 1)
    head = re.sub(r'\s(width|height|version|xmlns:xlink|xmlns)="[^"]*"', "", head)
    label = Markup(' role="img" aria-label="{}">').format(description)
    return Markup(head) + label + Markup(rest)


def style() -> dict[str, Any]:
    """Matplotlib's settings for figures that `svg` is given."""
    inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "lsgan",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "legend.frameon": False,
        "grid.color": INK,
        "grid.linewidth": 0.5,
        "lines.linewidth": 1.6,
        **dict.fromkeys(inked, INK),
    }


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, format=kind, **options)
    return content.getvalue()
