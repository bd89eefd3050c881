"""How a generator was trained, as the difference from a configuration that comes with lsgan."""

from dataclasses import dataclass

from lsgan.config import Config, flat
from lsgan.config.config_files import load, one_line, packaged

# Where files lay, and what the data set or the weights say better.
_LEFT_OUT = (
    *("scrape.", "data.path", "train.initial_weights"),
    *("model.feature_weights", "model.classes"),
)


@dataclass(frozen=True)
class Recipe:
    """A packaged configuration and what differs from it.

    Attributes:
        name: the packaged configuration's.
        changes: each setting that differs, its packaged value and the one used, as YAML.
    """

    name: str
    changes: list[tuple[str, str, str]]


def recipe_of(config: Config) -> Recipe:
    """The packaged configuration from which `config` differs in the fewest settings."""
    recipes = [Recipe(name, _changes(load(path), config)) for name, path in packaged().items()]
    return min(recipes, key=lambda recipe: len(recipe.changes))


def _changes(packaged_one: Config, config: Config) -> list[tuple[str, str, str]]:
    theirs, own = flat(packaged_one), flat(config)
    return [
        (key, one_line(theirs[key]), one_line(value))
        for key, value in own.items()
        if value != theirs[key] and not key.startswith(_LEFT_OUT)
    ]
