import http.client
import io
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image

from lsgan.data.decode import Decoded, attempt
from lsgan.data.duplicates import find_duplicates
from lsgan.data.rejection import RejectedError
from tests.scrape.wiki import Wiki, render_images, serve_wiki
from tests.scrape.wiki_pages import ROOT, SPECIAL, SUBCATEGORIES

COUNT = 24
TOTAL = COUNT + len(SPECIAL)
INFO = {"prop": "imageinfo", "iiprop": "url|size|mime|sha1|extmetadata", "iiurlwidth": 120}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_images(tmp_path_factory.mktemp("wiki"), COUNT, 160, 120)


@pytest.fixture(scope="module")
def wiki(folder) -> Iterator[Wiki]:
    with serve_wiki(folder, limit=10) as wiki:
        yield wiki


@pytest.fixture(scope="module")
def plain(folder) -> Iterator[Wiki]:
    with serve_wiki(folder, limit=500, plain=True) as wiki:
        yield wiki


def fetch(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def ask(wiki: Wiki, **query) -> dict:
    query = {"action": "query", "format": "json", "formatversion": 2} | query
    status, body = fetch(f"{wiki.endpoint}?{urlencode(query)}")
    assert status == 200
    return json.loads(body)


def search(words: str, **more) -> dict:
    return {"generator": "search", "gsrsearch": words, "gsrnamespace": 6, "gsrlimit": 50} | more


def category(title: str, types="file") -> dict:
    title = f"Category:{title}"
    return {"generator": "categorymembers", "gcmtitle": title, "gcmtype": types, "gcmlimit": 50}


def walk(wiki: Wiki, **query) -> Iterator[dict]:
    """The answers of a chain, each `continue` merged into the next request."""
    following: dict | None = {}
    while following is not None:
        answer = ask(wiki, **query, **following)
        yield answer
        following = answer.get("continue")


def pages(wiki: Wiki, **query) -> list[dict]:
    return [
        page for answer in walk(wiki, **query) for page in answer.get("query", {}).get("pages", [])
    ]


def titles(found: list[dict]) -> list[str]:
    return sorted(page["title"].removeprefix("File:") for page in found)


def all_titles(wiki: Wiki) -> list[str]:
    return sorted(page.title for page in wiki.pages)


def test_a_search_is_continued_until_all_is_told_once(wiki) -> None:
    answers = list(walk(wiki, **search("kanas lake")))
    assert [len(answer["query"]["pages"]) for answer in answers] == [10, 10, 10, 5]
    assert answers[0]["continue"] == {"gsroffset": 10, "continue": "gsroffset||"}
    assert "continue" not in answers[-1]
    found = [page for answer in answers for page in answer["query"]["pages"]]
    assert titles(found) == all_titles(wiki)
    assert sorted(page["index"] for page in found) == list(range(1, TOTAL + 1))
    first = answers[0]["query"]["pages"]
    assert sorted(first, key=lambda page: page["index"]) != first


def test_a_search_without_result_has_no_query(wiki) -> None:
    assert ask(wiki, **search("Baikal")) == {"batchcomplete": True}
    assert ask(wiki, **search("kanas", gsrnamespace=0)) == {"batchcomplete": True}


def test_the_words_of_cirrus_narrow_a_search(wiki) -> None:
    assert len(pages(wiki, **search("filetype:bitmap filew:>150 Hemu"))) == sum(
        "Hemu" in page.title and page.width >= 150 for page in wiki.pages
    )
    assert pages(wiki, **search("filetype:video kanas")) == []
    assert pages(wiki, **search("kanas filew:>161")) == []
    assert pages(wiki, **search("kanas fileh:<99")) == []
    winter = "Kanas Lake in winter"
    assert titles(pages(wiki, **search(f'incategory:"{winter}" filetype:bitmap'))) == sorted(
        page.title for page in wiki.pages if winter in page.categories
    )


def test_without_cirrus_its_words_find_nothing_and_titles_alone_are_searched(plain) -> None:
    assert ask(plain, **search("kanas filetype:bitmap")) == {"batchcomplete": True}
    assert ask(plain, **search("kanas filew:>1")) == {"batchcomplete": True}
    named = sorted(page.title for page in plain.pages if "Kanas Lake" in page.title)
    assert 0 < len(named) < TOTAL
    assert titles(pages(plain, **search('"Kanas Lake"'))) == named
    assert titles(pages(plain, **search("Kanas Lake", gsrwhat="text"))) == all_titles(plain)


def test_categories_lead_in_a_circle_and_hold_everything_together(wiki) -> None:
    found, seen, due = [], set(), [ROOT]
    while due:
        name = due.pop()
        if name in seen:
            continue
        seen.add(name)
        found += pages(wiki, **category(name))
        inner = pages(wiki, **category(name, "subcat"))
        assert {page["ns"] for page in inner} == {14}
        due += [page["title"].removeprefix("Category:") for page in inner]
        query = {"list": "categorymembers", "cmtitle": f"Category:{name}", "cmtype": "subcat"}
        listed = ask(wiki, **query)["query"]["categorymembers"]
        assert [page["title"] for page in listed] == [page["title"] for page in inner]
    assert seen == set(SUBCATEGORIES)
    assert sorted(set(titles(found))) == all_titles(wiki)
    assert len(found) > TOTAL
    assert ask(wiki, **category("Nowhere")) == {"batchcomplete": True}


def test_members_are_continued_too(wiki) -> None:
    answers = list(walk(wiki, **(category(ROOT) | {"gcmlimit": 3})))
    assert len(answers) > 2
    assert answers[0]["continue"]["continue"] == "gcmcontinue||"
    assert titles([page for answer in answers for page in answer["query"]["pages"]]) == sorted(
        page.title for page in wiki.pages if ROOT in page.categories
    )


def test_each_file_is_described(wiki) -> None:
    by_title = {page["title"]: page for page in pages(wiki, **search("kanas"), **INFO)}
    for page in wiki.pages:
        described = by_title[f"File:{page.title}"]
        assert ("imageinfo" in described) == (page.kind != "lost")
        if page.kind == "lost":
            continue
        (info,) = described["imageinfo"]
        assert (info["width"], info["height"]) == (page.width, page.height)
        assert (info["size"], info["sha1"], info["mime"]) == (page.bytes, page.sha1, "image/jpeg")
        assert (info["thumbwidth"], info["thumburl"] == info["url"]) == (120, False)
        said = {name: field["value"] for name, field in info["extmetadata"].items()}
        assert said.get("LicenseShortName", "") == page.terms.license
        assert page.terms.author in said.get("Artist", "").replace("&amp;", "&")


def test_terms_vary_and_some_files_have_none(wiki) -> None:
    terms = Counter(page.terms.license for page in wiki.pages)
    assert set(terms) == {"CC BY-SA 4.0", "CC BY 2.0", "CC0", "Public domain", ""}
    query = search("kanas") | INFO | {"iiextmetadatafilter": "LicenseShortName|Artist"}
    infos = [page["imageinfo"][0] for page in pages(wiki, **query) if "imageinfo" in page]
    assert [] in [info["extmetadata"] for info in infos]


def test_a_small_original_is_its_own_thumbnail(wiki) -> None:
    (page,) = pages(wiki, **search('"Kanas Lake 000"'), **(INFO | {"iiurlwidth": 500}))
    info = page["imageinfo"][0]
    assert info["thumburl"] == info["url"]
    assert (info["thumbwidth"], info["thumbheight"]) == (160, 120)


def test_files_are_what_their_kind_says(wiki, tmp_path) -> None:
    infos = {
        page["title"].removeprefix("File:"): page["imageinfo"][0]
        for page in pages(wiki, **search("kanas"), **INFO)
        if "imageinfo" in page
    }
    outcomes: dict[str, list[str]] = {}
    decoded: list[Decoded] = []
    for page in wiki.pages:
        if page.kind == "lost":
            continue
        status, body = fetch(infos[page.title]["url"])
        small_status, small = fetch(infos[page.title]["thumburl"])
        (tmp_path / "file").write_bytes(body)
        outcome = attempt(tmp_path / "file", 64, 3, 64)
        name = outcome.reason if isinstance(outcome, RejectedError) else "good"
        outcomes.setdefault(page.kind, []).append(f"{status} {name}, {small_status}")
        if isinstance(outcome, Decoded):
            decoded.append(outcome)
        if small_status == 200:
            size = infos[page.title]["thumbwidth"], infos[page.title]["thumbheight"]
            assert Image.open(io.BytesIO(small)).size == size
    assert outcomes == {
        "image": ["200 good, 200"] * COUNT,
        "identical": ["200 good, 200"] * 3,
        "near": ["200 good, 200"] * 3,
        "truncated": ["200 truncated, 200"],
        "html": ["200 not-an-image, 500"],
        "gone": ["404 not-an-image, 500"],
    }
    groups = find_duplicates(
        [one.facts.sha256 for one in decoded],
        [one.facts.phash for one in decoded],
        range(len(decoded)),
        np.stack([one.pixels for one in decoded]),
    )
    assert Counter(kind for group in groups for _, kind in group.dropped) == {
        "identical": wiki.counts["identical"],
        "near": wiki.counts["near"],
    }


def test_thumbnails_of_other_widths_are_refused(wiki) -> None:
    (page,) = pages(wiki, **search('"Kanas Lake 000"'), **(INFO | {"iiurlwidth": 100}))
    assert fetch(page["imageinfo"][0]["thumburl"])[0] == 429


def test_every_so_often_it_lags_behind(folder) -> None:
    with serve_wiki(folder, maxlag_every=3) as wiki:
        errors = []
        for _ in range(7):
            connection = http.client.HTTPConnection(urlsplit(wiki.base).netloc)
            query = urlencode({"action": "query", "format": "json", "formatversion": 2})
            connection.request("GET", f"/w/api.php?{query}&{urlencode(search('kanas'))}")
            answer = connection.getresponse()
            assert answer.status == 200
            errors.append(json.load(answer).get("error", {}).get("code"))
            assert (answer.headers["Retry-After"] == "0") == (errors[-1] == "maxlag")
            connection.close()
    assert errors == [None, None, "maxlag"] * 2 + [None]


def test_requests_are_logged_in_their_order(folder) -> None:
    with serve_wiki(folder) as wiki:
        assert wiki.log() == []
        assert fetch(f"{wiki.base}/robots.txt")[1] == b"User-agent: *\nDisallow: /w/\n"
        (page,) = pages(wiki, **search('"Kanas Lake 000"'), **INFO)
        fetch(page["imageinfo"][0]["url"])
        robots, api, image = wiki.log()
    assert robots == {"path": "/robots.txt", "query": {}}
    assert api["path"] == "/w/api.php"
    assert api["query"]["gsrsearch"] == '"Kanas Lake 000"'
    assert image["path"].endswith("/Kanas_Lake_000.jpg")


def test_mistakes_are_told_as_the_api_tells_them(wiki) -> None:
    assert ask(wiki, generator="search")["error"]["code"] == "missingparam"
    assert ask(wiki, generator="nothing")["error"]["code"] == "badvalue"
    assert ask(wiki, **search("kanas"), formatversion=1)["error"]["code"] == "badvalue"
    assert b"<!DOCTYPE html>" in fetch(f"{wiki.endpoint}?action=query")[1]
