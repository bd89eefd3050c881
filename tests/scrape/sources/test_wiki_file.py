from typing import Any

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources.commons import Commons
from tests.scrape.sources.recorded_client import RecordedClient, recorded

ENDPOINT = ScrapeSection().endpoint
FILES = "https://upload.wikimedia.org/wikipedia/commons"


def read(response: Any, endpoint: str = ENDPOINT) -> list[Candidate]:
    settings = ScrapeSection(queries=["tarn"], endpoint=endpoint)
    return Commons(RecordedClient(response), settings).page("search tarn", None).candidates


def first_page() -> list[Candidate]:
    return read(recorded("commons-search"))


def test_files_come_in_the_order_of_their_index_and_others_are_left_out() -> None:
    titles = [candidate.title for candidate in first_page()]
    assert titles == ["Blue Tarn at Dawn", "Quiet Meadow 03", "Untold ridge"]


def test_of_a_large_original_the_smaller_copy_is_taken_with_all_that_is_told() -> None:
    assert first_page()[0] == Candidate(
        url=f"{FILES}/thumb/a/a1/Blue_Tarn_at_Dawn.jpg/500px-Blue_Tarn_at_Dawn.jpg",
        original=f"{FILES}/a/a1/Blue_Tarn_at_Dawn.jpg",
        page="https://commons.wikimedia.org/wiki/File:Blue_Tarn_at_Dawn.jpg",
        title="Blue Tarn at Dawn",
        author="Orrin & Vale",
        license="CC BY-SA 4.0",
        license_url="https://creativecommons.org/licenses/by-sa/4.0",
        width=4000,
        height=3000,
        media_type="image/jpeg",
    )


def test_of_a_small_original_there_is_no_other_copy() -> None:
    small = first_page()[1]
    assert (small.url, small.original) == (f"{FILES}/a/a1/Quiet_Meadow_03.png", "")
    assert small.license == "CC0 1.0"


def test_a_small_original_is_preferred_to_a_copy_in_another_format() -> None:
    response = recorded("commons-search-last")
    response["query"]["pages"][0]["imageinfo"][0]["width"] = 500
    [candidate] = read(response)
    assert (candidate.url, candidate.original) == (f"{FILES}/a/a1/Old_Bridge.tif", "")


def test_what_a_wiki_does_not_tell_stays_unknown() -> None:
    untold = first_page()[2]
    assert (untold.license, untold.license_url, untold.author) == ("", "", "")


def test_the_credit_stands_in_for_an_author_who_is_not_named() -> None:
    [candidate] = read(recorded("commons-search-last"))
    assert (candidate.author, candidate.license) == ("Archive of Example", "Public domain")


def test_only_bitmaps_are_taken() -> None:
    for mime in ("image/svg+xml", "application/pdf", "image/vnd.djvu", "video/webm", ""):
        response = recorded("commons-search-last")
        response["query"]["pages"][0]["imageinfo"][0]["mime"] = mime
        assert read(response) == []


def test_relative_addresses_are_those_of_the_wiki() -> None:
    response = recorded("commons-search-last")
    info = response["query"]["pages"][0]["imageinfo"][0]
    info |= {"url": "/images/a.tif", "thumburl": "//files.example.org/a.jpg"}
    [candidate] = read(response, "http://wiki.example.org/w/api.php")
    assert candidate.original == "http://wiki.example.org/images/a.tif"
    assert candidate.url == "http://files.example.org/a.jpg"
