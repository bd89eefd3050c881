"""Configurations as YAML: found by name, read strictly, written whole.

A key that is no setting, a value of the wrong type or out of its range is refused with one line
that says where it stands and what would be right. A file may be a stranger's: what it can cost to
read and what it can print are bounded.
"""

import difflib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lsgan.config import Config, ScrapeSection, Section, plain_yaml
from lsgan.config.problems import allowed, listed, problems
from lsgan.errors import ConfigError
from lsgan.text import printable

_PACKAGE = Path(__file__).parents[1]
# In the installed package the configurations lie inside it, in a checkout beside it.
_FOLDERS = (_PACKAGE / "configs", _PACKAGE.parent / "configs")


_MOST_BYTES = 512 * 1024  # PyYAML takes up to a second for them
_LONGEST_LINE = 290  # characters; the command line adds its name


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
        raise ConfigError(f"there is no configuration {printable(name, 120)}; {meant}")
    raise ConfigError(
        f"there is no configuration {printable(name, 30)}",
        f"Give a YAML file's path, or one of: {listed(stems)}.",
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


def with_classes(config: Config, classes: Mapping[str, int]) -> Config:
    """`config` with the classes of its data set, each with how many images it has."""
    return with_settings(config, "model", {"classes": dict(classes)})


def with_feature_weights(config: Config, path: str) -> Config:
    """`config` with another file of the frozen network's weights, "" for none."""
    model = config.model.model_copy(update={"feature_weights": path})
    return config.model_copy(update={"model": model})


def without_folders(config: Config) -> Config:
    """`config` for sharing: full paths can identify their owner, so only the last names are kept.

    The scrape section is reset: it may hold the owner's mail address, and the data set's manifest
    records what was scraped.
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
            meaning = f"{field.description} ({allowed(type(section), name)})"
            lines.append(f"  {f'{name}: {value}':<34}  # {meaning}")
    return "\n".join(lines).lstrip("\n") + "\n"


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
        return plain_yaml.load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The escape of a character that cannot be one is a ValueError or an OverflowError.
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        parts = [getattr(error, part, None) for part in ("context", "problem")]
        problem = ", ".join(filter(None, parts)) or str(error).splitlines()[0]
        raise _refusal(f"{where}{line}", f"not valid YAML: {problem}") from error


def _validate(content: Any, where: str) -> Config:
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise _refusal(where, problems(error, _LONGEST_LINE - min(len(where), 120))) from error


def _refusal(where: str, problem: str, remedy: str = "") -> ConfigError:
    """An error of one line that is not too long, whatever a stranger wrote."""
    message = f"{printable(where, 120)}: {problem}"
    return ConfigError(printable(message, _LONGEST_LINE - len(remedy) - 2), remedy)


def one_line(value: Any) -> str:
    """A setting's value as YAML, however long it is."""
    text = yaml.safe_dump(value, allow_unicode=True, width=2**31, default_flow_style=True)
    return text.splitlines()[0]


def _first_line(section: Section) -> str:
    return (type(section).__doc__ or "").splitlines()[0]
