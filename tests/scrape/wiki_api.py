"""What the api.php of the wiki of the tests answers, in the form of MediaWiki's formatversion=2."""

import hashlib
import re
from urllib.parse import quote

from tests.scrape.wiki_pages import SUBCATEGORIES, WikiPage


class Api:
    """The API.

    Args:
        pages: of the wiki, in the order of their numbers.
        limit: the most results in one answer.
        plain: whether the wiki lacks CirrusSearch.
    """

    def __init__(self, pages: list[WikiPage], limit: int, plain: bool) -> None:
        self.pages = pages
        self.limit = limit
        self.plain = plain

    def answer(self, query: dict[str, str], base: str) -> dict:
        """The answer to `query`, the site being at `base`."""
        if (query.get("action"), query.get("formatversion")) != ("query", "2"):
            return error("badvalue", "Unrecognized value for parameter.")
        asked = query.get("list"), query.get("generator")
        known = {
            (None, "search"): self._search,
            (None, "categorymembers"): self._members,
            ("categorymembers", None): self._members_listed,
        }
        if asked not in known:
            return error("badvalue", 'Unrecognized value for parameter "generator".')
        answer = known[asked](query)
        for page in answer.get("query", {}).get("pages", []):
            self._add_info(page, query, base)
        return answer

    def _search(self, query: dict[str, str]) -> dict:
        if "gsrsearch" not in query:
            return error("missingparam", 'The "gsrsearch" parameter must be set.')
        found = []
        if "6" in query.get("gsrnamespace", "0").split("|"):
            in_text = not self.plain or query.get("gsrwhat") == "text"
            search = query["gsrsearch"]
            found = [page for page in self.pages if self._matches(page, search, in_text)]
        # By relevance, which looks as if by chance.
        found.sort(key=lambda page: hashlib.md5(page.title.encode()).digest())
        start = int(query.get("gsroffset", 0))
        stop = start + self._limit(query.get("gsrlimit"))
        shown = [_page(page, index=i) for i, page in enumerate(found[start:stop], start + 1)]
        answer: dict = {"batchcomplete": True}
        if stop < len(found):
            answer["continue"] = {"gsroffset": stop, "continue": "gsroffset||"}
        return answer | _of_pages(shown)

    def _matches(self, page: WikiPage, search: str, in_text: bool) -> bool:
        text = f"{page.title} {page.text}" if in_text else page.title
        for word in re.findall(r'[^\s"]*"[^"]*"|\S+', search):
            name, _, value = word.partition(":")
            if self.plain or name not in _FILTERS:
                phrase = re.escape(word.strip('"'))
                if not re.search(rf"(?<!\w){phrase}(?!\w)", text, re.IGNORECASE):
                    return False
            elif not _FILTERS[name](page, value.strip('"')):
                return False
        return True

    def _members(self, query: dict[str, str]) -> dict:
        members, following = self._slice(query, "gcm")
        answer: dict = {"batchcomplete": True}
        if following:
            answer["continue"] = {"gcmcontinue": following, "continue": "gcmcontinue||"}
        return answer | _of_pages(members)

    def _members_listed(self, query: dict[str, str]) -> dict:
        members, following = self._slice(query, "cm")
        answer: dict = {"batchcomplete": True}
        if following:
            answer["continue"] = {"cmcontinue": following, "continue": "-||"}
        return answer | {"query": {"categorymembers": members}}

    def _slice(self, query: dict[str, str], prefix: str) -> tuple[list[dict], str]:
        """The members of a category that are asked for, and where those after them begin."""
        category = query[f"{prefix}title"].removeprefix("Category:").replace("_", " ")
        types = query.get(f"{prefix}type", "page|subcat|file").split("|")
        members = []
        if "subcat" in types:
            members += [_category(name) for name in SUBCATEGORIES.get(category, ())]
        if "file" in types:
            files = (page for page in self.pages if category in page.categories)
            members += [_page(page) for page in sorted(files, key=lambda page: page.title)]
        ids = [str(member["pageid"]) for member in members]
        where = query.get(f"{prefix}continue", "").rsplit("|", 1)[-1]
        start = ids.index(where) if where else 0
        stop = start + self._limit(query.get(f"{prefix}limit"))
        if stop >= len(members):
            return members[start:], ""
        following = members[stop]
        kind = "subcat" if following["ns"] == 14 else "file"
        return members[start:stop], f"{kind}|{following['title'].encode().hex()}|{ids[stop]}"

    def _limit(self, asked: str | None) -> int:
        return self.limit if asked == "max" else min(int(asked or 10), self.limit)

    def _add_info(self, answer: dict, query: dict[str, str], base: str) -> None:
        if answer["ns"] != 6 or "imageinfo" not in query.get("prop", "").split("|"):
            return
        page = self.pages[answer["pageid"] - self.pages[0].page_id]
        answer["imagerepository"] = "" if page.kind == "lost" else "local"
        if page.kind != "lost":
            answer["imageinfo"] = [_info(page, query, base)]


def error(code: str, info: str, **more: object) -> dict:
    """An error, which comes with the HTTP status 200."""
    return {"error": {"code": code, "info": info, **more}, "servedby": "mw1"}


def file_path(page: WikiPage) -> str:
    """Where the file of a page is, below /images/."""
    digest = hashlib.md5(_name(page).encode()).hexdigest()
    return f"{digest[0]}/{digest[:2]}/{_name(page)}"


def thumbnail_height(page: WikiPage, width: int) -> int:
    """The height of the thumbnail that is `width` pixels wide."""
    return max(1, round(page.height * width / page.width))


_FILTERS = {
    "filetype": lambda _, value: value == "bitmap",
    "filew": lambda page, value: _within(page.width, value),
    "fileh": lambda page, value: _within(page.height, value),
    "incategory": lambda page, value: value.replace("_", " ") in page.categories,
}


def _within(size: int, asked: str) -> bool:
    number = int(asked.lstrip("<>"))
    return size <= number if asked[0] == "<" else size >= number


def _info(page: WikiPage, query: dict[str, str], base: str) -> dict:
    props = query.get("iiprop", "timestamp|user").split("|")
    info: dict = {}
    if "size" in props:
        info |= {"size": page.bytes, "width": page.width, "height": page.height}
    if "url" in props:
        info |= _addresses(page, int(query.get("iiurlwidth", 0)), base)
    if "sha1" in props:
        info["sha1"] = page.sha1
    if "extmetadata" in props:
        wanted = query.get("iiextmetadatafilter", "|".join(page.metadata)).split("|")
        # PHP has one kind of array: an empty one comes as a list.
        info["extmetadata"] = {
            name: {"value": value, "source": "commons-desc-page", "hidden": ""}
            for name, value in page.metadata.items()
            if name in wanted
        } or []
    if "mime" in props:
        info["mime"] = "image/jpeg"
    return info


def _addresses(page: WikiPage, thumb_width: int, base: str) -> dict:
    path, name = quote(file_path(page)), quote(_name(page))
    found = {
        "url": f"{base}/images/{path}",
        "descriptionurl": f"{base}/wiki/File:{name}",
        "descriptionshorturl": f"{base}/w/index.php?curid={page.page_id}",
    }
    if thumb_width < 1:
        return found
    thumb = {"thumburl": found["url"], "thumbwidth": page.width, "thumbheight": page.height}
    if thumb_width < page.width:
        thumb = {
            "thumburl": f"{base}/images/thumb/{path}/{thumb_width}px-{name}",
            "thumbwidth": thumb_width,
            "thumbheight": thumbnail_height(page, thumb_width),
        }
    return thumb | found


def _name(page: WikiPage) -> str:
    return page.title.replace(" ", "_")


def _page(page: WikiPage, **more: int) -> dict:
    return {"pageid": page.page_id, "ns": 6, "title": f"File:{page.title}", **more}


def _category(name: str) -> dict:
    return {"pageid": 1 + list(SUBCATEGORIES).index(name), "ns": 14, "title": f"Category:{name}"}


def _of_pages(pages: list[dict]) -> dict:
    """The pages in MediaWiki's order, that of their ids; nothing at all where there is none."""
    return {"query": {"pages": sorted(pages, key=lambda page: page["pageid"])}} if pages else {}
