"""Where a gallery goes on: the address of the page that follows a page."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from bs4 import Tag
from requests.utils import parse_header_links

from lsgan.scrape.fetch.response import Response
from lsgan.scrape.html import Document, attribute, relations, within, words
from lsgan.scrape.sources.page_images import base_of
from lsgan.scrape.sources.values import address

_WORDS = frozenset(
    {
        *("next", "next page", "next entries", "older", "older posts", "older entries"),
        *("weiter", "nächste", "nächste seite", "ältere beiträge", "vor"),
        *("suivant", "suivante", "page suivante", "articles plus anciens"),
        *("siguiente", "página siguiente", "siguientes", "entradas anteriores"),
        *("próxima", "próximo", "próxima página", "seguinte", "página seguinte"),
        *("successiva", "successivo", "pagina successiva", "avanti", "prossima"),
        *("volgende", "volgende pagina", "oudere berichten"),
        *("następna", "następny", "następna strona", "dalej", "starsze wpisy"),
        *("следующая", "следующая страница", "далее", "дальше", "вперёд", "вперед", "след"),
        *("наступна", "далі", "следваща", "další", "ďalšia", "nästa", "nästa sida", "næste"),
        *("neste", "seuraava", "sonraki", "sonraki sayfa", "ileri", "επόμενη", "επόμενο"),
        *("下一页", "下一頁", "下页", "下頁", "后一页", "後一頁", "次へ", "次のページ", "次"),
        *("다음", "다음 페이지", "التالي", "הבא", "अगला", "tiếp", "trang sau", "ถัดไป"),
        "berikutnya",
    }
)
_MORE_WORDS = frozenset(
    {
        *("more", "load more", "show more", "view more", "see more", "more photos"),
        *("mehr", "mehr laden", "mehr anzeigen", "voir plus", "charger plus", "afficher plus"),
        *("más", "ver más", "cargar más", "mostrar más", "ver mais", "carregar mais"),
        *("altro", "carica altri", "mostra altro", "meer", "meer laden", "więcej", "pokaż więcej"),
        *("ещё", "еще", "показать ещё", "показать еще", "загрузить ещё", "daha fazla"),
        *("加载更多", "载入更多", "查看更多", "更多", "載入更多", "もっと見る"),
        *("더보기", "더 보기"),
    }
)
_ARROWS = frozenset("›→❯▶⟩⏵>")
# These may lead to the last page as well.
_DOUBLE_ARROWS = frozenset({"»", ">>", "≫", "⏩", "››"})
_AROUND = " \t\r\n.…:|‹›«»←→<>❮❯▶◀⟨⟩⏵⏴+↓"
_COUNT = re.compile(r"\s*\(?\d+\)?$")
_NEXT_CLASS = re.compile(r"(?:^|[\s_-])(?:next|older|nextpage)(?:$|[\s_-])", re.I)
_MORE_CLASS = re.compile(r"load-?_?more|show-?_?more|view-?_?more", re.I)
_NEXT_ICON = re.compile(
    r"(?:angle|chevron|arrow|caret)[-_]?(?:double[-_]?)?right|icon[-_]next", re.I
)
_CURRENT_CLASS = re.compile(r"(?:^|[\s_-])(?:current|active|selected|on|this)(?:$|[\s_-])", re.I)
_ONCLICK = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\(|window\.open\()\s*"
    r"[\"']([^\"']{1,2000})[\"']"
)
_NUMBER = re.compile(r"\d{1,5}")
_PAGE_NAMES = frozenset(
    {"page", "p", "pg", "paged", "pageno", "pagenum", "pagenumber", "page_no", "seite", "pagina"}
)
_PAGE_PATH = re.compile(r"(/(?:page|seite|pagina|p)[/-]?)(\d{1,5})(/?)$", re.I)
# Links that are looked at, from the beginning and from the end of a page; and numbers in rows.
_MOST_LINKS, _MOST_NUMBERS = 1000, 2000


def next_page(response: Response, root: Document, visited: Collection[str]) -> str:
    """The address of the page that follows, of the same site; empty if none is found.

    Args:
        response: the page.
        root: of the same.
        visited: addresses, without fragments, that do not follow.
    """
    base = base_of(root, response.url)
    host = urlsplit(response.url).hostname
    for said in _signs(response, root):
        target = urldefrag(address(said, base)).url
        if target and urlsplit(target).hostname == host and target not in visited:
            return target
    return ""


def counted_on(url: str) -> str:
    """The address with the number of its page one higher; empty if it has none."""
    return _numbered(url)[1]


def _numbered(url: str) -> tuple[int, str]:
    """The number of a page as its address says it, or 1, and what `counted_on` says."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for place, (name, value) in enumerate(query):
        if name.lower() in _PAGE_NAMES and _NUMBER.fullmatch(value):
            query[place] = (name, str(int(value) + 1))
            return int(value), urlunsplit(parts._replace(query=urlencode(query), fragment=""))
    found = _PAGE_PATH.search(parts.path)
    if found is None:
        return 1, ""
    path = f"{parts.path[: found.start()]}{found[1]}{int(found[2]) + 1}{found[3]}"
    return int(found[2]), urlunsplit(parts._replace(path=path, fragment=""))


@dataclass(frozen=True)
class _Link:
    """What can be clicked.

    Attributes:
        target: where it leads; may be empty.
        text: what is in it.
        said: what it says to people who see or hear it, without arrows and counts.
        classes: of it, and of what holds nothing else.
        points: whether it has a sign for "next" in the place of words.
    """

    target: str
    text: str
    said: frozenset[str]
    classes: str
    points: bool


def _signs(response: Response, root: Document) -> Iterator[str]:
    """Addresses that may be the next page's, the surest signs first."""
    for link in parse_header_links(response.headers.get("link", "")[:10_000]):
        if "next" in link.get("rel", "").lower().split():
            yield link.get("url", "")
    for element in root.elements("link", "a"):
        if "next" in relations(element):
            yield attribute(element, "href")
    elements = root.elements("a", "button", "form", "input")
    links = [_link(element) for element in (*elements[:_MOST_LINKS], *elements[-_MOST_LINKS:])]
    number = str(_own_number(root, response.url) + 1)
    signs: tuple[Callable[[_Link], bool], ...] = (
        lambda link: bool(link.said & _WORDS),
        lambda link: bool(_NEXT_CLASS.search(link.classes)),
        lambda link: link.text in _ARROWS,
        lambda link: link.text == number,
        lambda link: link.points,
        lambda link: link.text in _DOUBLE_ARROWS,
        lambda link: bool(link.said & _MORE_WORDS or _MORE_CLASS.search(link.classes)),
    )
    for sign in signs:
        yield from (link.target for link in links if sign(link))


def _link(element: Tag) -> _Link:
    text = words(element)
    inner = within(element, "img", "input", "button", "i", "span", "svg", "use")[:5]
    texts = [text, *(attribute(element, name) for name in ("aria-label", "title", "value"))]
    for one in inner:
        texts += [words(one), *(attribute(one, name) for name in ("alt", "value", "title"))]
        texts.append(attribute(one, "aria-label"))
    points = any(_NEXT_ICON.search(attribute(one, "class", "href", "xlink:href")) for one in inner)
    return _Link(
        target=_target(element),
        text=text,
        said=frozenset(map(_plain, texts)) - {""},
        classes=_classes(element),
        points=points and not text,
    )


def _target(element: Tag) -> str:
    """Where an element leads that can be clicked."""
    if element.name == "form":
        if attribute(element, "method").lower() not in ("", "get"):
            return ""
        fields = [
            (attribute(field, "name"), attribute(field, "value"))
            for field in within(element, "input")
            if attribute(field, "type").lower() == "hidden" and attribute(field, "name")
        ]
        action = attribute(element, "action")
        return action + ("?" + urlencode(fields) if fields else "")
    said = attribute(element, "href", "data-href", "data-url", "data-next", "formaction")
    found = _ONCLICK.search(attribute(element, "onclick"))
    return said or (found[1] if found else "")


def _plain(text: str) -> str:
    return _COUNT.sub("", text[:60].lower().strip(_AROUND)).strip(_AROUND)


def _classes(element: Tag) -> str:
    """The classes and the name of an element, and of what holds nothing else."""
    said = attribute(element, "class") + " " + attribute(element, "id")
    parent = element.parent
    if parent is None or parent.name not in ("li", "span", "div", "p", "nav"):
        return said
    if len(within(parent, "a", "button", "form")) == 1:
        said += " " + attribute(parent, "class")
    return said


def _own_number(root: Document, url: str) -> int:
    """The number of a page: as its row of numbers marks it, as its address says, or 1."""
    named = root.elements("span", "strong", "b", "em", "li", "a", "div")
    for element in named[:_MOST_NUMBERS]:
        marked = element.get("aria-current") or _CURRENT_CLASS.search(attribute(element, "class"))
        plain = (
            element.name in ("span", "strong", "b", "em")
            and getattr(element.parent, "name", "") != "a"
        )
        if (marked or plain) and _NUMBER.fullmatch(words(element)) and _has_number_beside(element):
            return int(words(element))
    return _numbered(url)[0]


def _has_number_beside(element: Tag) -> bool:
    """Whether one of the nearest elements is a link that says a number."""
    row = element.parent if element.parent is not None else element
    if element.name != "li" and row.name == "li" and row.parent is not None:
        row = row.parent
    return any(_NUMBER.fullmatch(words(link)) for link in within(row, "a"))
