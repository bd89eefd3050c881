"""Configurations as YAML: found by name, read strictly, written whole.

A key that is no setting, a value of the wrong type or out of its range is refused with one line
that says where it stands and what would be right. A file may be a stranger's: what it can cost to
read and what it can print are bounded.
"""

import difflib
import os
import re
import stat
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lsgan.config import Config, ScrapeSection, Section
from lsgan.errors import ConfigError

_PACKAGE = Path(__file__).parent
# In the installed package the configurations lie inside it, in a checkout beside it.
_FOLDERS = (_PACKAGE / "configs", _PACKAGE.parent / "configs")


# Half a megabyte takes PyYAML up to a second; so do 20,000 values.
_MOST_BYTES = 512 * 1024
_MOST_NODES = 20_000
_DEEPEST = 20
_LONGEST_NUMBER = 100  # characters
_LONGEST_LINE = 290  # characters; the command line adds its name

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
                raise _flaw(key, f"the key {_printable(key.value)} stands twice")
            seen.add(key.value)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if not isinstance(node, _NODES.get(kind, ())):
            problem = f"this cannot be of the type {_printable(kind)}"
            raise _flaw(node, f"{problem}; put text in quotation marks")
        if kind == "str" and (found := self.NON_PRINTABLE.search(node.value)):
            raise _flaw(node, f"text cannot hold the character {found[0]!r}")
        if kind in ("int", "float") and len(node.value) > _LONGEST_NUMBER:
            raise _flaw(node, f"a number of {len(node.value)} characters is too long")
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError) as error:
            problem = f"{_printable(node.value)!r} is of the wrong form for the type {kind}"
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


def packaged() -> dict[str, Path]:
    """The configurations that come with the product, by file name."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    return {path.name: path for path in sorted(folder.glob("*.yaml"))}


def find(name: str) -> Path:
    """The configuration file meant by `name`: a path, or else the name of a packaged one.

    Raises:
        ConfigError: if there is neither.
    """
    path, known = Path(name), packaged()
    if os.path.isfile(path):  # noqa: PTH113 (Path.is_file raises where it may not look)
        return path
    if path.name == name:
        for candidate in (name, f"{name}.yaml"):
            if candidate in known:
                return known[candidate]
    if os.path.exists(path):  # noqa: PTH110 (Path.exists raises where it may not look)
        return path  # which `load` refuses
    stems = [Path(file).stem for file in known]
    if close := difflib.get_close_matches(path.stem, stems, 1):
        meant = f"did you mean {close[0]}.yaml?"
        raise ConfigError(f"there is no configuration {_printable(name, 120)}; {meant}")
    raise ConfigError(
        f"there is no configuration {_printable(name, 30)}",
        f"Give a YAML file's path, or one of: {_listed(stems)}.",
    )


def load(path: Path, changes: Iterable[str] = ()) -> Config:
    """Read the configuration at `path`, then apply `changes`, each "section.key=value".

    Raises:
        ConfigError: if the file cannot be read or something in it or in `changes` is not right.
    """
    content = _parse(_read(path), str(path))
    return change(_validate({} if content is None else content, str(path)), changes)


def change(config: Config, changes: Iterable[str]) -> Config:
    """`config` with each of `changes`, "section.key=value", applied."""
    for text in changes:
        key, equals, value = text.partition("=")
        section, _, name = key.strip().partition(".")
        if not (equals and section and name):
            raise _refusal(f"--set {text}", "it is not of the form section.key=value")
        content = config.model_dump()
        content.setdefault(section, {})[name] = _parse(value, f"--set {text}")
        config = _validate(content, f"--set {text}")
    return config


def with_settings(config: Config, section: str, values: Mapping[str, Any]) -> Config:
    """`config` with other `values` in a section.

    Raises:
        ConfigError: if one of them is not possible.
    """
    content = config.model_dump()
    content[section] |= values
    return _validate(content, "the command line")


def with_data(config: Config, path: Path) -> Config:
    """`config` with another folder for the packed data set."""
    data = config.data.model_copy(update={"path": str(path)})
    return config.model_copy(update={"data": data})


def with_initial_weights(config: Config, path: str) -> Config:
    """`config` with another run or checkpoint to begin with, "" for none."""
    train = config.train.model_copy(update={"initial_weights": path})
    return config.model_copy(update={"train": train})


def with_feature_weights(config: Config, path: str) -> Config:
    """`config` with another file of the frozen network's weights, "" for none."""
    model = config.model.model_copy(update={"feature_weights": path})
    return config.model_copy(update={"model": model})


def without_folders(config: Config) -> Config:
    """`config` to be given away: a whole path tells of its owner, so of each the name is left.

    Of the scrape section nothing is left: it may hold the owner's mail address, and what was
    scraped is told by the data set's manifest.
    """
    config = with_data(config, Path(Path(config.data.path).name))
    config = with_feature_weights(config, Path(config.model.feature_weights).name)
    config = with_settings(config, "scrape", ScrapeSection().model_dump())
    return with_initial_weights(config, Path(config.train.initial_weights).name)


def annotated(config: Config) -> str:
    """The whole configuration as YAML, each setting with its range and meaning beside it."""
    lines = []
    for section_name, section in config:
        lines.append(f"\n{section_name}:  # {_first_line(section)}")
        for name, field in type(section).model_fields.items():
            value = one_line(getattr(section, name))
            meaning = f"{field.description} ({_allowed(type(section), name)})"
            lines.append(f"  {f'{name}: {value}':<34}  # {meaning}")
    return "\n".join(lines).lstrip("\n") + "\n"


def flat(config: Config) -> dict[str, Any]:
    """Every setting by its dotted key, such as "train.steps"."""
    return {
        f"{section_name}.{name}": value
        for section_name, section in config
        for name, value in section
    }


def _read(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        ConfigError: if it is none, or no file: a pipe or a device may never end.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _refusal(f"cannot read {path}", "it is not a file", "Give a YAML file.")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refusal(f"cannot read {path}", reason, "Give a YAML file.") from error
    if len(content) > _MOST_BYTES:
        raise _refusal(f"cannot read {path}", "it is larger than 512 KiB", "Give a YAML file.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(f"cannot read {path}", "it is not UTF-8", "Save it as UTF-8.") from error


def _parse(text: str, where: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The escape of a character that cannot be one is a ValueError or an OverflowError.
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        told = [getattr(error, part, None) for part in ("context", "problem")]
        problem = ", ".join(filter(None, told)) or str(error).splitlines()[0]
        raise _refusal(f"{where}{line}", f"not valid YAML: {problem}") from error


def _validate(content: Any, where: str) -> Config:
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise _refusal(where, _problems(error, _LONGEST_LINE - min(len(where), 120))) from error


def _refusal(where: str, problem: str, remedy: str = "") -> ConfigError:
    """An error of one line that is not too long, whatever a stranger wrote."""
    message = f"{_printable(where, 120)}: {problem}"
    return ConfigError(_printable(message, _LONGEST_LINE - len(remedy) - 2), remedy)


def _printable(text: str, most: int = 60) -> str:
    """`text` without line breaks and control characters, and of `most` characters at most."""
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    if len(plain) <= most:
        return plain
    return f"{plain[: most // 2]}...{plain[len(plain) - most // 2 + 3 :]}"


def _listed(names: Iterable[str]) -> str:
    return textwrap.shorten(", ".join(names), 195, placeholder=" ...")


def _problems(error: ValidationError, room: int) -> str:
    """What pydantic found, one problem for each key: as many as fill a line, and how many more."""
    by_key: dict[tuple[int | str, ...], Mapping[str, Any]] = {}
    for details in error.errors(include_url=False):
        by_key.setdefault(details["loc"][:2], details)
    told: list[str] = []
    for first in by_key.values():
        told.append(_problem(first))
        if told[1:] and len("; ".join([*told, "and 10000 more"])) > room:
            told.pop()
            break
    more = len(by_key) - len(told)
    return "; ".join([*told, f"and {more} more"] if more else told)


def _problem(details: Mapping[str, Any]) -> str:
    """One of pydantic's errors in a line that names the key and what would be right."""
    where = [_printable(str(part)) for part in details["loc"]]
    key = ".".join(where)
    if details["type"] in ("extra_forbidden", "invalid_key"):
        return f"there is no setting {key}; {_nearest(where)}"
    if len(where) < 2:
        return f"{key or 'the file'} must be a section with settings below it"
    key = ".".join(where[:2])  # of a list it is the setting that is at fault, not its third text
    value = f"{key} is {_printable(repr(details['input']))}"
    section = type(getattr(Config(), where[0]))
    return f"{value}, but must be {_allowed(section, where[1])}"


def _nearest(where: list[str]) -> str:
    """Which setting may have been meant by an unknown key."""
    known = list(flat(Config()))
    if len(where) == 1:
        sections = list(Config.model_fields)
        close = difflib.get_close_matches(where[0], sections, 1)
        same = [key for key in known if key.endswith(f".{where[0]}")]
        if close or same:
            return f"did you mean {(close or same)[0]}?"
        return f"the sections are {_listed(sections)}"
    inside = [key.split(".")[1] for key in known if key.startswith(f"{where[0]}.")]
    same = [key for key in known if key.endswith(f".{where[-1]}")]
    close = difflib.get_close_matches(where[-1], inside, 1)
    if same or close:
        return f"did you mean {same[0] if same else f'{where[0]}.{close[0]}'}?"
    names = {key.split(".")[1]: key for key in known}
    others = difflib.get_close_matches(where[-1], names, 1)
    if others:
        return f"did you mean {names[others[0]]}?"
    return f"the settings of {where[0]} are {_listed(inside)}"


def one_line(value: Any) -> str:
    """A setting's value as YAML, however long it is."""
    text = yaml.safe_dump(value, allow_unicode=True, width=2**31, default_flow_style=True)
    return text.splitlines()[0]


def _first_line(section: Section) -> str:
    return (type(section).__doc__ or "").splitlines()[0]


def _allowed(section: type[Section], name: str) -> str:
    """A setting's type and range in words, from the schema that it is checked against."""
    schema = section.model_json_schema()["properties"][name]
    alternatives = schema.get("anyOf", [schema])
    return " or ".join(_in_words(alternative) for alternative in alternatives)


def _in_words(schema: dict[str, Any]) -> str:
    """The type and range that one JSON schema of a value states."""
    if "const" in schema:
        return str(schema["const"])
    if schema["type"] == "array":
        choices = schema["items"].get("enum")
        return f"a list of {', '.join(choices)}" if choices else "a list of texts"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "examples" in schema:
        return f"text such as {schema['examples'][0]}"
    kinds = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "null": "null",
    }
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    limits = [f"{word} {schema[key]}" for key, word in bounds.items() if key in schema]
    kind = kinds.get(schema["type"], "text")
    return f"{kind}, {' and '.join(limits)}" if kind != "text" and limits else kind
