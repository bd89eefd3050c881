import pytest

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.filters import Filters, parse_aspect


def told(settings: dict[str, object], **facts: object) -> str:
    section = ScrapeSection.model_validate(settings)
    reason = Filters(section).told(Candidate("https://example.org/a.jpg", **facts))  # type: ignore[arg-type]
    return reason[0] if reason else ""


def test_what_the_source_tells_decides_before_the_fetch() -> None:
    size = {"min_width": 300, "min_height": 200}
    assert told(size, width=300, height=200) == ""
    assert told(size, width=299, height=200) == "too-small"
    assert told(size, width=300, height=199) == "too-small"
    assert told({"aspect": "0.7-2.5"}, width=3000, height=1000) == "aspect"
    assert told({"aspect": "wide"}, width=1000, height=1000) == "aspect"
    assert told({"aspect": "square"}, width=1000, height=1000) == ""
    assert told({}, media_type="image/svg+xml") == "unsupported-format"
    assert told({}, media_type="image/jpeg; charset=binary") == ""
    assert told({"licenses": ["by"]}, license="CC BY 4.0") == ""
    assert told({"licenses": ["by"]}, license="CC BY-SA 4.0") == "license"
    assert told({"licenses": ["by"]}) == "license"


def test_what_is_not_told_is_no_reason() -> None:
    assert told({"min_width": 5000, "aspect": "tall"}) == ""


@pytest.mark.parametrize("text", ["", "broad", "2-1", "0-0", "1:2", "-1-2", "1-"])
def test_an_aspect_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"Use any, wide, square, tall, or a range"):
        parse_aspect(text)
