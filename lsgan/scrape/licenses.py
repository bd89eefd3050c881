"""One form for the many ways in which licences are written.

What is doubtful counts as more restrictive than it may be: an image that is left out by mistake
costs less than one that is used by mistake.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from lsgan.config.choices import look_up
from lsgan.scrape.license_words import DOUBTFUL, FILLER, SPELLINGS
from lsgan.scrape.markup import clean

# From the freest to the most restrictive.
CODES = ("cc0", "pdm", "by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd")

_ELEMENTS = {"BY", "NC", "SA", "ND"}
_VERSION = re.compile(r"[1-9]\.\d")
_JURISDICTION = re.compile(r"[a-z]{2}|igo|scotland")
_SITE = r"(?:https?:)?(?://)?(?:www\.)?creativecommons\.org/"
_ADDRESS = re.compile(
    _SITE + r"(?:licenses|public-?domain)/([a-z0-9+-]+)"
    r"(?:/(\d\.\d)(?:/(?!deed|legalcode)([a-z]+))?)?(?:[/?#.]|$)"
)
_LINK = re.compile(r"(?<![^\s(<])" + _SITE + r"[^\s)>]*")
_CHOICE = re.compile(r"\s(?:or|oder|ou|o|или)\s|或")
_RESERVED = re.compile(r"all rights reserved|alle rechte vorbehalten|tous droits r|\bnon-?free")
_UNTOLD = {"", "-", "?", "unknown", "none", "null", "n/a", "unbekannt", "undefined"}
_GFDL = re.compile(
    r"(?:gfdl|gnu free documentation licen[cs]e)(?:[ ,-]*(?:v|version)?[ .]*(1\.[0-3]))?"
)
_LONGEST = 200
_GROUPS: dict[str, frozenset[str]] = {
    "commercial": frozenset(name for name in CODES if "nc" not in name),
    "modification": frozenset(name for name in CODES if "nd" not in name),
}
_ALLOWABLE: dict[str, frozenset[str]] = {
    **{name: frozenset({name}) for name in (*CODES, "other", "unknown")},
    **{f"cc-{name}": frozenset({name}) for name in CODES if name.startswith("by")},
    "cc-0": frozenset({"cc0"}),
    "cc-zero": frozenset({"cc0"}),
    "public-domain": frozenset({"cc0", "pdm"}),
    "publicdomain": frozenset({"cc0", "pdm"}),
    **_GROUPS,
    "any": frozenset(),
}


@dataclass(frozen=True)
class _License:
    code: str
    version: str = ""
    jurisdiction: str = ""

    @property
    def elements(self) -> frozenset[str]:
        return frozenset(self.code.split("-")) if self.code.startswith("by") else frozenset()

    @property
    def name(self) -> str:
        if self.code == "cc0":
            return "CC0 1.0"
        if self.code == "pdm":
            return "PDM 1.0" if self.version else "Public domain"
        parts = ("CC", self.code.upper(), self.version, self.jurisdiction.upper())
        return " ".join(part for part in parts if part)


_OTHER = _License("other")
_UNKNOWN = _License("unknown")
# Another licence, or a condition beside one: no address of a licence can heal it.
_DOUBTFUL = _License("doubtful")
_SHORT_NAME = re.compile(r"(CC0|PDM|CC BY(?:-NC)?(?:-SA|-ND)?) ([1-4]\.[05])")


# The images of a page have the same few licences.
@lru_cache(maxsize=256)
def normal(text: str, url: str = "") -> str:
    """A short name such as "CC BY-SA 4.0", "CC0 1.0", "PDM 1.0", "Public domain", "GFDL 1.2".

    Args:
        text: what a source calls the licence.
        url: where the licence's text is.

    Returns:
        `text` itself in one line (else `url`) for a licence that is not known; empty where
        nothing is told. `code` and `normal` give the same for it as for `text`.
    """
    found = _read(text, url)
    if found.code in CODES:
        return found.name
    if found.code == "unknown":
        return ""
    gfdl = _GFDL.fullmatch(_folded(text))
    if gfdl:
        return f"GFDL {gfdl[1]}" if gfdl[1] else "GFDL"
    told = clean(text, _LONGEST)
    return clean(url, _LONGEST) if told.lower() in _UNTOLD else told


def code(text: str, url: str = "") -> str:
    """One of `CODES`, "other" for any other licence, "unknown" where none is told.

    "pdm" stands for everything that is said to be in the public domain. Of several licences to
    choose from the freest counts; of several that hold together, all their conditions.
    """
    return _read(text, url).code


def parse_allowed(names: Sequence[str]) -> frozenset[str]:
    """The codes that a user's list of licences stands for; empty if it allows everything.

    Args:
        names: codes with or without "cc", "public-domain" (cc0 and pdm), "commercial" (all
            without nc), "modification" (all without nd), "other", "unknown", or "any"; one may
            hold several, separated by commas. Both groups named together mean what is in both.

    Raises:
        ConfigError: if a name is none of these.
    """
    split = [part for name in names for part in name.split(",")]
    wanted = [re.sub(r"[\s_-]+", "-", name.strip().lower()) for name in split if name.strip()]
    sets = {name: look_up("a licence", name, _ALLOWABLE) for name in wanted}
    if "any" in sets:
        return frozenset()
    groups = [sets.pop(name) for name in _GROUPS if name in sets]
    in_every_group = frozenset.intersection(*groups) if groups else frozenset()
    return in_every_group.union(*sets.values())


def allowed(candidate_license: str, url: str, allow: frozenset[str]) -> bool:
    """Whether a licence is among those that `parse_allowed` has returned."""
    return not allow or code(candidate_license, url) in allow


def _folded(text: str) -> str:
    """In lower case, with one kind of hyphen and of space."""
    text = unicodedata.normalize("NFKC", clean(text, 10_000)).casefold()
    return re.sub(r"\s+", " ", re.sub("[\u2010-\u2015\u2212_]", "-", text)).strip()


def _read(text: str, url: str) -> _License:
    found = _both(_read_text(text), _read_address(_folded(url)))
    return _OTHER if found is _DOUBTFUL else found


def _both(told: _License, linked: _License) -> _License:
    """What a name of a licence and an address together tell."""
    if told is _DOUBTFUL or linked is _UNKNOWN:
        return told
    if linked.code not in CODES:
        return linked if told is _UNKNOWN else told
    if told.code not in CODES:
        return linked
    if told.code == linked.code:
        return linked if linked.version else told
    if told.elements == linked.elements:  # one is cc0: the weaker claim counts
        return told if told.code == "pdm" else linked
    for one, another in ((told, linked), (linked, told)):
        if one.elements > another.elements:
            return one
    return _DOUBTFUL


def _read_address(folded: str) -> _License:
    found = _ADDRESS.match(unquote(folded))
    if not found:
        return _OTHER if folded else _UNKNOWN
    name, version, jurisdiction = found[1], found[2] or "", found[3] or ""
    if name in ("zero", "cc0"):
        return _License("cc0")
    if name in ("mark", "pdm", "publicdomain"):
        return _License("pdm", "" if name == "publicdomain" else "1.0")
    if not _JURISDICTION.fullmatch(jurisdiction):
        jurisdiction = ""
    joined = _joined({part.upper() for part in name.split("-")})
    return _License(joined, version, jurisdiction) if joined else _OTHER


def _read_text(text: str) -> _License:
    folded = _folded(text)
    if folded in _UNTOLD:
        return _UNKNOWN
    if len(folded) > _LONGEST or folded.endswith(("…", "...")) or _RESERVED.search(folded):
        return _DOUBTFUL
    link = _LINK.search(folded)
    if link:
        rest = f"{folded[: link.start()]} {folded[link.end() :]}".strip(" ()<>")
        return _both(_read_text(rest), _read_address(link[0]))
    choices = [_read_choice(part) for part in _CHOICE.split(folded)]
    if _DOUBTFUL in choices:
        return _DOUBTFUL
    known = [choice for choice in choices if choice.code in CODES]
    return min(known, key=lambda choice: CODES.index(choice.code)) if known else _OTHER


def _read_choice(folded: str) -> _License:
    """One licence, or several that hold together."""
    marked = folded
    for spelling, word in SPELLINGS:
        marked = spelling.sub(f" {word} ", marked)
    words = re.findall(r"\d+(?:\.\d+)*|[^\W\d_]+", marked)
    if DOUBTFUL & set(words):
        return _DOUBTFUL
    if _ELEMENTS & set(words):
        # A bare "Attribution" is a licence of its own, which Creative Commons has no part in.
        bare = set(words) - FILLER == {"BY"} and folded != "by"
        return _OTHER if bare else _read_elements(words)
    if "ZERO" in words:
        return _License("cc0")
    if "MARK" in words:
        return _License("pdm", "1.0")
    return _License("pdm") if "PD" in words else _OTHER


def _read_elements(words: list[str]) -> _License:
    """A licence of Creative Commons that is named by its elements.

    They must stand together up to the version or the end, for there may be a condition in a word
    that is not understood.
    """
    joined = _joined(_ELEMENTS & set(words))
    if not joined or {"ZERO", "MARK", "PD"} & set(words):
        return _DOUBTFUL
    understood = _ELEMENTS | FILLER | {"CC"}
    start = words.index("CC") if "CC" in words else 0
    end = start
    while end < len(words) and words[end] in understood:
        end += 1
    rest = words[end:]
    version = rest[0] if rest and _VERSION.fullmatch(rest[0]) else ""
    if not _ELEMENTS & set(words[start:end]) or (rest and not version):
        return _OTHER
    last = rest[1] if len(rest) == 2 and _JURISDICTION.fullmatch(rest[1]) else ""
    return _License(joined, version, last)


def _joined(elements: set[str]) -> str:
    """The code of a set of elements, empty if there is no such licence."""
    order = [name.lower() for name in ("BY", "NC", "SA", "ND") if name in elements]
    name = "-".join(order)
    return name if len(order) == len(elements) and name in CODES else ""


def text_of(name: str) -> str:
    """Where the text of a licence stands that has its short name, such as "CC BY 4.0"; or empty."""
    found = _SHORT_NAME.fullmatch(name)
    if found is None:
        return ""
    kind = {"CC0": "publicdomain/zero", "PDM": "publicdomain/mark"}.get(
        found[1], f"licenses/{found[1].removeprefix('CC ').lower()}"
    )
    return f"https://creativecommons.org/{kind}/{found[2]}/"
