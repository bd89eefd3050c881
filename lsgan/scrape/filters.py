"""Which images are wanted, by what their source tells and by what the file then shows."""

import json
import re

from lsgan.config import ScrapeSection
from lsgan.data.formats import FORMATS
from lsgan.errors import ConfigError
from lsgan.scrape import licenses
from lsgan.scrape.candidate import Candidate

_EVERY = (0.0, float("inf"))
# What is called wide is so to the eye as well: a square of 1.05 is none.
_ASPECTS = {"any": _EVERY, "wide": (1.2, _EVERY[1]), "square": (0.9, 1.1), "tall": (0.0, 0.85)}
_RANGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*")

REASONS = {
    "too-small": "narrower or lower than wanted",
    "aspect": "not of the wanted proportions",
    "license": "its licence is not among those to take",
    "unsupported-format": "an image in a format that is not read",
}

_MEDIA_TYPES = {
    *(f"image/{name.lower()}" for name in FORMATS),
    *("image/jpg", "image/x-ms-bmp"),
    *(["image/heic"] if "HEIF" in FORMATS else []),
}

Reason = tuple[str, str]


class Filters:
    """The filters of a scrape.

    Raises:
        ConfigError: if the aspect or a licence is none.

    Attributes:
        words: all that `told` decides by: two filters with the same words decide the same.
    """

    def __init__(self, settings: ScrapeSection) -> None:
        self._least = (settings.min_width, settings.min_height)
        self._aspect = parse_aspect(settings.aspect)
        self._allowed = licenses.parse_allowed(settings.licenses)
        by = [*self._least, *self._aspect, sorted(settings.licenses), sorted(_MEDIA_TYPES)]
        self.words = json.dumps(by)

    def told(self, candidate: Candidate) -> Reason | None:
        """Why a candidate need not be fetched, by what its source tells of it; None if it may."""
        kind = candidate.media_type.partition(";")[0].strip().lower()
        if kind.startswith("image/") and kind not in _MEDIA_TYPES:
            return "unsupported-format", kind
        if not self.allow(candidate):
            return "license", candidate.license or "unknown"
        if candidate.width and candidate.height:
            return self.size(candidate.width, candidate.height)
        return None

    def allow(self, candidate: Candidate) -> bool:
        """Whether a candidate's licence is among those to take."""
        return licenses.allowed(candidate.license, candidate.license_url, self._allowed)

    def size(self, width: int, height: int) -> Reason | None:
        """Why an image of `width` times `height` pixels is not wanted; None if it is."""
        if width < self._least[0] or height < self._least[1]:
            least = "x".join(map(str, self._least))
            return "too-small", f"{width}x{height} pixels, the least is {least}"
        if not self._aspect[0] <= width / height <= self._aspect[1]:
            return "aspect", f"{width}x{height} pixels, {width / height:.2f}"
        return None


def parse_aspect(text: str) -> tuple[float, float]:
    """The least and the greatest width over height that `text` stands for.

    Raises:
        ConfigError: if it stands for none.
    """
    if text in _ASPECTS:
        return _ASPECTS[text]
    found = _RANGE.fullmatch(text)
    if found and 0 < float(found[1]) <= float(found[2]):
        return float(found[1]), float(found[2])
    raise ConfigError(
        f"the aspect {text!r} is none", f"Use {', '.join(_ASPECTS)}, or a range such as 0.7-2.5."
    )
