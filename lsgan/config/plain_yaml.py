"""YAML of plain values only, of which a stranger's document costs no more than a moment to read."""

import re
from typing import Any

import yaml

from lsgan.text import printable

_MOST_NODES = 20_000  # PyYAML takes up to a second for them
_DEEPEST = 20
_LONGEST_NUMBER = 100  # characters

_NODES: dict[str, type[yaml.Node]] = {
    "map": yaml.MappingNode,
    "seq": yaml.SequenceNode,
    **dict.fromkeys(("str", "int", "float", "bool", "null"), yaml.ScalarNode),
}


class _Loader(yaml.SafeLoader):
    """YAML of plain values, in which 2e-4 is a number and a key that stands twice is an error.

    It raises yaml.YAMLError where a document is too large or too deep, its aliases written out.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._size = 0
        self._sizes: dict[str | None, int] = {}  # by anchor

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]
        before = self._size
        if isinstance(event, yaml.AliasEvent):
            self._count(event, self._sizes.get(event.anchor, 1))
            return super().compose_node(parent, index)
        # Long text counts more: aliases of it make a document as large as those of a long list.
        self._count(event, 1 + len(getattr(event, "value", "")) // 100)
        if event.anchor:
            # Until its end is known: an alias within what it stands for never ends.
            self._sizes[event.anchor] = _MOST_NODES
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _flaw(event, f"more than {_DEEPEST} levels, one within the other")
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.anchor:
            self._sizes[event.anchor] = self._size - before
        return node

    def _count(self, event: yaml.Event, nodes: int) -> None:
        self._size += nodes
        if self._size > _MOST_NODES:
            raise _flaw(event, f"more than {_MOST_NODES} values, those of aliases written out")

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _flaw(key, "a key must be a word")
            if key.value in seen:
                raise _flaw(key, f"the key {printable(key.value)} stands twice")
            seen.add(key.value)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if not isinstance(node, _NODES.get(kind, ())):
            problem = f"this cannot be of the type {printable(kind)}"
            raise _flaw(node, f"{problem}; put text in quotation marks")
        if kind == "str" and (found := self.NON_PRINTABLE.search(node.value)):
            raise _flaw(node, f"text cannot hold the character {found[0]!r}")
        if kind in ("int", "float") and len(node.value) > _LONGEST_NUMBER:
            raise _flaw(node, f"a number of {len(node.value)} characters is too long")
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError) as error:
            problem = f"{printable(node.value)!r} is of the wrong form for the type {kind}"
            raise _flaw(node, problem) from error


# YAML 1.1 takes an exponent only after a point and with a sign; people write it without them.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+$|^[-+]\.[0-9]+$"),
    list("-+.0123456789"),
)


def _flaw(place: Any, problem: str) -> yaml.MarkedYAMLError:
    """What is wrong at `place`, an event or a node of PyYAML."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


def load(text: str) -> Any:
    """What a document holds.

    Raises:
        yaml.YAMLError: if it is not valid, too large or too deep, its aliases written out.
        ValueError, OverflowError: if it has the escape of a character that there is not.
    """
    return yaml.load(text, _Loader)
