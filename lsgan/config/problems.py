"""What is wrong with a configuration, and what may be written in it, in words."""

import difflib
import textwrap
from collections.abc import Iterable, Mapping
from pkgutil import resolve_name
from typing import Any

from pydantic import ValidationError

from lsgan.config import Config, Section, flat
from lsgan.text import printable

# What settings were called before, and what they are called now.
_RENAMED = {
    "augment.strength": "augment.probability",
    "average": "ema",
    "average.ramp": "ema.rampup",
    "data.hold_out": "data.val_fraction",
    "model.latent_size": "model.latent_dim",
    "model.weight_deviation": "model.init_std",
    "objective": "loss",
    "objective.gradient_penalty": "loss.gradient_penalty_weight",
    "objective.kl": "loss.kl_weight",
    "objective.l1": "loss.l1_weight",
    "objective.l2": "loss.l2_weight",
    "train.discriminator_steps": "train.n_critic",
    "watchdog.rate_factor": "watchdog.lr_factor",
    "watchdog.tries": "watchdog.max_rollbacks",
}


def listed(names: Iterable[str]) -> str:
    """As many of the names as fit a line."""
    return textwrap.shorten(", ".join(names), 205, placeholder=" ...")


def problems(error: ValidationError, room: int) -> str:
    """What pydantic found, one problem for each key: as many as fill a line, and how many more."""
    by_key: dict[tuple[int | str, ...], Mapping[str, Any]] = {}
    for details in error.errors(include_url=False):
        by_key.setdefault(details["loc"][:2], details)
    found: list[str] = []
    for first in by_key.values():
        found.append(_problem(first))
        if found[1:] and len("; ".join([*found, "and 10000 more"])) > room:
            found.pop()
            break
    more = len(by_key) - len(found)
    return "; ".join([*found, f"and {more} more"] if more else found)


def _problem(details: Mapping[str, Any]) -> str:
    """One of pydantic's errors in a line that names the key and what would be right."""
    where = [printable(str(part)) for part in details["loc"]]
    key = ".".join(where)
    if details["type"] in ("extra_forbidden", "invalid_key"):
        return f"there is no setting {key}; {_nearest(where)}"
    if len(where) < 2:
        return f"{key or 'the file'} must be a section with settings below it"
    key = ".".join(where[:2])  # of a list it is the setting that is at fault, not its third text
    value = f"{key} is {printable(repr(details['input']))}"
    section = type(getattr(Config(), where[0]))
    return f"{value}, but must be {allowed(section, where[1])}"


def _nearest(where: list[str]) -> str:
    """Which setting may have been meant by an unknown key."""
    known = list(flat(Config()))
    section, name = where[0], where[-1]
    renamed = _RENAMED.get(".".join(where)) or f"{_RENAMED.get(section, section)}.{name}"
    if renamed in (*known, *Config.model_fields):
        return f"it is called {renamed} now"
    if len(where) == 1:
        sections = list(Config.model_fields)
        close = difflib.get_close_matches(where[0], sections, 1)
        same = [key for key in known if key.endswith(f".{where[0]}")]
        if close or same:
            return f"did you mean {(close or same)[0]}?"
        return f"the sections are {listed(sections)}"
    inside = [key.split(".")[1] for key in known if key.startswith(f"{where[0]}.")]
    same = [key for key in known if key.endswith(f".{where[-1]}")]
    close = difflib.get_close_matches(where[-1], inside, 1)
    if same or close:
        return f"did you mean {same[0] if same else f'{where[0]}.{close[0]}'}?"
    names = {key.split(".")[1]: key for key in known}
    others = difflib.get_close_matches(where[-1], names, 1)
    if others:
        return f"did you mean {names[others[0]]}?"
    return f"the settings of {where[0]} are {listed(inside)}"


def allowed(section: type[Section], name: str) -> str:
    """A setting's type and range in words, from the schema that it is checked against."""
    schema = section.model_json_schema()["properties"][name]
    if "table" in schema:
        several = "a list of" if schema["type"] == "array" else "one of"
        return f"{several} {', '.join(_choices(resolve_name(schema['table'])))}"
    alternatives = schema.get("anyOf", [schema])
    return " or ".join(_in_words(alternative) for alternative in alternatives)


def _choices(table: Mapping[str, Any]) -> list[str]:
    """The names in a table, each with what it is for if that is not images."""
    kinds = {name: getattr(entry, "kind", None) or "images" for name, entry in table.items()}
    return [name if kind == "images" else f"{name} ({kind})" for name, kind in kinds.items()]


def _in_words(schema: dict[str, Any]) -> str:
    """The type and range that one JSON schema of a value states."""
    if "const" in schema:
        return str(schema["const"])
    if schema["type"] == "array":
        choices = schema["items"].get("enum")
        return f"a list of {', '.join(choices)}" if choices else "a list of texts"
    if schema["type"] == "object":
        return "names with whole numbers"
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
