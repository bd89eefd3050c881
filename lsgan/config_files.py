"""Configurations as YAML: found by name, read strictly, written whole.

A key that is no setting, a value of the wrong type or out of its range is refused with one line
that says where it stands and what would be right.
"""

import difflib
import os
import re
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


class _Loader(yaml.SafeLoader):
    """YAML in which 2e-4 is a number and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be a word", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# YAML 1.1 takes an exponent only after a point; people write it without one.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


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
    raise ConfigError(
        f"there is no configuration {name}",
        f"Give the path of a YAML file, or one of: {', '.join(known)}.",
    )


def load(path: Path, changes: Iterable[str] = ()) -> Config:
    """Read the configuration at `path`, then apply `changes`, each "section.key=value".

    Raises:
        ConfigError: if the file cannot be read or something in it or in `changes` is not right.
    """
    try:
        content = _parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "Give a YAML file.") from error
    return change(_validate({} if content is None else content, str(path)), changes)


def change(config: Config, changes: Iterable[str]) -> Config:
    """`config` with each of `changes`, "section.key=value", applied."""
    for text in changes:
        key, equals, value = text.partition("=")
        section, dot, name = key.strip().partition(".")
        if not equals or not dot:
            raise ConfigError(f"--set {text} is not of the form section.key=value")
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


def _parse(text: str, where: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        # A date or a number that cannot be one is a ValueError.
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{where}{line}: not valid YAML: {problem}") from error


def _validate(content: Any, where: str) -> Config:
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors()]
        raise ConfigError("; ".join(f"{where}: {problem}" for problem in problems)) from error


def _problem(details: Mapping[str, Any]) -> str:
    """One of pydantic's errors in a line that names the key and what would be right."""
    where = [str(part) for part in details["loc"]]
    key = ".".join(where)
    if details["type"] in ("extra_forbidden", "invalid_key"):
        return f"there is no setting {key}; {_nearest(where)}"
    if len(where) < 2:
        return f"{key or 'the file'} must be a section with settings below it"
    key = ".".join(where[:2])  # of a list it is the setting that is at fault, not its third text
    value = f"{key} is {details['input']!r}"
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
        return f"the sections are {', '.join(sections)}"
    inside = [key.split(".")[1] for key in known if key.startswith(f"{where[0]}.")]
    same = [key for key in known if key.endswith(f".{where[-1]}")]
    close = difflib.get_close_matches(where[-1], inside, 1)
    if same or close:
        return f"did you mean {same[0] if same else f'{where[0]}.{close[0]}'}?"
    names = {key.split(".")[1]: key for key in known}
    others = difflib.get_close_matches(where[-1], names, 1)
    if others:
        return f"did you mean {names[others[0]]}?"
    return f"the settings of {where[0]} are {', '.join(inside)}"


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
