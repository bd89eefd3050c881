"""From what was found to an HTML file that needs nothing beside it."""

import base64
import hashlib
import math
import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lsgan import __version__
from lsgan.errors import ConfigError
from lsgan.io.files import make_folder, write_text
from lsgan.reporting.places import without_home

_TEMPLATES = "templates"
_SUFFIXES = (".html", ".htm")


def html_file(out: Path, name: str) -> Path:
    """The file to write: `out` itself if it is named like a page, else `name` in the folder `out`.

    Raises:
        ConfigError: if `out` is named like a file of another kind.
        OutputError: if a folder cannot be made.
    """
    if out.is_dir() or not out.suffix:
        return make_folder(out) / name
    if out.suffix.lower() not in _SUFFIXES:
        raise ConfigError(f"{out} cannot be written: this makes a page", "Name it .html.")
    make_folder(out.parent)
    return out


def write_page(path: Path, template: str, **content: Any) -> None:
    """Write a page, atomically.

    Whatever `content` holds is shown as the text that it is; only `Markup` stands as it is. The
    page's own policy lets a browser load nothing from anywhere, and run no script but the page's.

    Args:
        path: the file.
        template: the name of a file in `templates/`.
        content: what the template shows.

    Raises:
        OutputError: if it cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("lsgan.reporting", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "count": whole,
        "duration": duration,
        "without_home": without_home,
    }
    environment.globals |= {"with_error": with_error}
    script = _source("slider.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = environment.get_template(template).render(
        **content,
        style=Markup(_source("style.css")),
        script=Markup(script),
        script_digest=digest,
        version=__version__,
        date=time.strftime("%Y-%m-%d"),
    )
    # A path can hold bytes that are no text.
    write_text(path, text.encode("utf-8", "replace").decode("utf-8"))


def number(value: float | None, digits: int = 4) -> str:
    """A number to so many digits, a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}g}" if abs(value) < 1e4 else whole(value)


def with_error(value: float | None, error: float | None) -> str:
    """A value and its standard error, both to the error's second digit."""
    if value is None or not error or not math.isfinite(error):
        return number(value)
    places = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:,.{places}f} ± {error:,.{places}f}".replace("-", "−")


def whole(value: float | None) -> str:
    """A whole number with its thousands apart, a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}"


def duration(seconds: float | None) -> str:
    """A time in the units that people say it in, a dash where there is none."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _source(name: str) -> str:
    return (Path(__file__).parent / _TEMPLATES / name).read_text(encoding="utf-8")
