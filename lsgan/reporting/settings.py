"""A run's settings beside those of a packaged configuration, and the command that repeats it."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsgan.config import Config, config_files, flat
from lsgan.config.config_files import one_line
from lsgan.errors import LsganError
from lsgan.reporting.places import shown_path

# What says where things are and not what is trained, with what is filled in from the data set. The
# scrape section is left out altogether: it may hold a mail address.
_PLACES = ("data.path", "train.initial_weights", "model.feature_weights", "model.classes")


@dataclass(frozen=True)
class Setting:
    """A setting beside that of a packaged configuration.

    Attributes:
        key: such as "train.steps".
        value: as YAML.
        packaged: that of the packaged configuration, as YAML.
        meaning: what it is.
        differs: whether the two are different, and do not merely say where things are.
    """

    key: str
    value: str
    packaged: str
    meaning: str
    differs: bool


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        nearest: the name of the packaged configuration that differs in the fewest settings.
        sections: the settings by the names of their sections.
    """

    nearest: str
    sections: dict[str, list[Setting]]

    @property
    def different(self) -> list[Setting]:
        """Those that are other than the packaged ones."""
        every = (setting for section in self.sections.values() for setting in section)
        return [setting for setting in every if setting.differs]


def compared(config: Config) -> Settings:
    """The settings of `config` beside those of the packaged configuration that is nearest."""
    candidates = {"": Config(), **_packaged()}
    nearest = min(candidates, key=lambda name: len(differences(config, candidates[name])))
    packaged, different = flat(candidates[nearest]), set(differences(config, candidates[nearest]))
    sections: dict[str, list[Setting]] = {}
    for key, value in flat(config).items():
        name, _, field = key.partition(".")
        if name != "scrape":
            sections.setdefault(name, []).append(
                Setting(
                    key,
                    shown_value(key, value),
                    shown_value(key, packaged[key]),
                    type(getattr(config, name)).model_fields[field].description or "",
                    key in different,
                )
            )
    return Settings(nearest, sections)


def differences(one: Config, other: Config) -> list[str]:
    """The keys of the settings of a training in which two configurations differ."""
    left, right = flat(one), flat(other)
    return [
        key
        for key in left
        if left[key] != right[key] and key not in _PLACES and not key.startswith("scrape.")
    ]


def command(config: Config, settings: Settings, out: Path) -> str:
    """The command line that trains the same once more.

    Args:
        config: the run's.
        settings: what `compared` has made of it.
        out: the run's folder; the new one stands beside it.
    """
    words = ["lsgan train", f"--config {settings.nearest}" if settings.nearest else ""]
    if config.train.initial_weights:
        words.append(f"--from {shown_path(Path(config.train.initial_weights), quoted=True)}")
    if config.data.kind != "curves":
        words.append(f"--data {shown_path(Path(config.data.path), quoted=True)}")
    beside = shown_path(out.resolve().with_name(f"{out.resolve().name}-again"), quoted=True)
    words.append(f"--out {beside}")
    values = [f"{each.key}={each.value}" for each in settings.different]
    if config.model.feature_weights:
        features = shown_path(Path(config.model.feature_weights))
        values.append(f"model.feature_weights={features}")
    words += [f"--set {shlex.quote(value)}" for value in values]
    return " \\\n    ".join(filter(None, words))


def shown_value(key: str, value: Any) -> str:
    """A setting's value as YAML; of a path its last name."""
    if key in _PLACES and isinstance(value, str):
        return Path(value).name
    # 1.0 is read from a file as 1.0 and is otherwise 1, which are the same.
    return f"{value:g}" if isinstance(value, float) else one_line(value)


def _packaged() -> dict[str, Config]:
    found = {}
    for name, path in config_files.packaged().items():
        try:
            found[name] = config_files.load(path)
        except LsganError:  # somebody has edited it
            continue
    return found
