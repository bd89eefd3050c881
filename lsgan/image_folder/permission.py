"""Which images may be written into a folder for others, by their licences."""

from collections.abc import Iterable
from dataclasses import dataclass

from lsgan.scrape.licenses import CODES, parse_allowed

# Under these, copies that are cropped and scaled may be shared, if only for no profit or under the
# same licence. CC BY-ND allows no changed copies.
SHAREABLE = frozenset(code for code in CODES if "nd" not in code)

_WORDS = {
    "unknown": "no licence is known",
    "other": "under another licence",
    "cc0": "under CC0",
    "pdm": "in the public domain",
}


@dataclass(frozen=True)
class Permission:
    """Which licences an image may have.

    Attributes:
        codes: codes of licences; empty if every image may be written.
        named: whether somebody has named them.
    """

    codes: frozenset[str]
    named: bool

    @classmethod
    def of(cls, names: Iterable[str]) -> "Permission":
        """The permission that a user gives by a list of licences, as in `lsgan scrape`.

        Without any, it is for those that allow everybody to share changed copies.

        Raises:
            ConfigError: if a name is none of a licence.
        """
        given = [name for name in names if name.strip(", ")]
        return cls(parse_allowed(given), True) if given else cls(SHAREABLE, False)

    def allows(self, code: str) -> bool:
        """Whether an image whose licence has this code may be written."""
        return not self.codes or code in self.codes

    def __str__(self) -> str:
        if not self.codes:
            return "all, as asked for: it is for you to know that you may share the images"
        codes = ", ".join(code for code in (*CODES, "other", "unknown") if code in self.codes)
        if self.named:
            return f"only {codes}, as asked for"
        return f"only those that allow sharing cropped and scaled copies: {codes}"


def words(code: str) -> str:
    """What the code of a licence says of an image."""
    return _WORDS.get(code, f"under CC {code.upper()}")
