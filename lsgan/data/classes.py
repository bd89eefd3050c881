"""The classes of a data set's images: the folders that they were prepared from."""

from collections import Counter

import numpy as np

from lsgan.arrays import Floats
from lsgan.config import Config
from lsgan.config.config_files import with_classes
from lsgan.data.pack import Pack
from lsgan.errors import ConfigError, DataError

_FOLDERS = "Put the images of each class into a folder of its own, and run lsgan prepare again."


def with_classes_of(config: Config, pack: Pack) -> Config:
    """`config` with the classes of the data set, if it is to be trained on classes.

    Args:
        config: its `model.classes` is empty, or has been filled in before.
        pack: the data set; its manifest says where each image came from.

    Raises:
        DataError: if an image has no class, or if there is one class alone.
        ConfigError: if `model.classes` has other classes, or is not wanted.
    """
    named = config.model.classes
    if config.data.classes == "none":
        if named:
            raise ConfigError(
                f"model.classes names {len(named)} classes, and data.classes is none",
                "Use --set data.classes=folders, and leave model.classes out.",
            )
        return config
    names = class_names(pack)
    classes = dict(sorted(Counter(names).items()))
    if len(classes) < 2:
        raise DataError(f"the images in {pack.path} are all of the class {names[0]!r}", _FOLDERS)
    if named and named.keys() != classes.keys():
        raise ConfigError(
            f"model.classes names {', '.join(named)}, and the images in {pack.path} are of the "
            f"classes {', '.join(classes)}",
            "Leave model.classes out: it is filled in from the data set.",
        )
    return with_classes(config, classes)


def one_hot(config: Config, pack: Pack) -> Floats | None:
    """The class of each image, one-hot, float32 (N, classes); None where there are none."""
    if not config.model.classes:
        return None
    places = {name: place for place, name in enumerate(config.model.classes)}
    rows = np.eye(len(places), dtype=np.float32)
    return rows[[places[name] for name in class_names(pack)]]


def class_names(pack: Pack) -> list[str]:
    """The class of each image.

    Raises:
        DataError: if one has none.
    """
    known: dict[str, str] = {}  # each name once, however many images are of its class
    names = []
    for row in pack.rows() if pack.kind == "images" else ():
        name = row.get("class")
        if isinstance(name, str) and 0 < len(name) <= 100:
            names.append(known.setdefault(name, name))
    missing = len(pack) - len(names)
    if missing:
        raise DataError(
            f"{missing} of the {len(pack)} images in {pack.path} have no class, and data.classes "
            "is folders",
            _FOLDERS,
        )
    return names
