"""The classes of a data set, from its manifest to the configuration."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.config import Config, config_files
from lsgan.data.classes import one_hot, with_classes_of
from lsgan.data.pack import open_pack
from lsgan.errors import ConfigError, DataError
from tests.conftest import write_pack

FOLDERS = config_files.change(Config(), ["data.classes=folders"])
IMAGES = np.zeros((5, 3, 32, 32), np.uint8)


def test_each_class_is_counted_and_each_image_has_its_own(tmp_path: Path) -> None:
    names = ["lake", "forest", "lake", "lake", "forest"]
    pack = open_pack(write_pack(tmp_path, IMAGES, classes=names))
    config = with_classes_of(FOLDERS, pack)
    assert config.model.classes == {"forest": 2, "lake": 3}
    rows = one_hot(config, pack)
    assert rows is not None
    assert rows.tolist() == [[0, 1], [1, 0], [0, 1], [0, 1], [1, 0]]
    # Filled in once, it is the same the second time, as when a run is resumed.
    assert with_classes_of(config, pack) == config


def test_without_classes_nothing_changes(tmp_path: Path) -> None:
    pack = open_pack(write_pack(tmp_path, IMAGES, classes=list("aabbb")))
    assert with_classes_of(Config(), pack) is not None
    assert with_classes_of(Config(), pack).model.classes == {}
    assert one_hot(Config(), pack) is None


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "a", "b", None, "b"], "1 of the 5 images in .* have no class"),
        (["a", "", "b", "b", "b"], "1 of the 5 images"),
        (["a"] * 5, "are all of the class 'a'"),
        (["a", "b" * 101, "a", "a", "a"], "1 of the 5 images"),
    ],
)
def test_what_is_no_class_is_refused(tmp_path: Path, names: list[str | None], said: str) -> None:
    pack = open_pack(write_pack(tmp_path, IMAGES, classes=names))
    with pytest.raises(DataError, match=said) as caught:
        with_classes_of(FOLDERS, pack)
    assert "a folder of its own" in str(caught.value)


def test_other_classes_than_the_data_sets_are_refused(tmp_path: Path) -> None:
    pack = open_pack(write_pack(tmp_path, IMAGES, classes=list("aabbb")))
    other = config_files.with_classes(FOLDERS, {"a": 1, "c": 4})
    with pytest.raises(ConfigError, match="are of the classes a, b"):
        with_classes_of(other, pack)
    unwanted = config_files.with_classes(Config(), {"a": 1, "b": 4})
    with pytest.raises(ConfigError, match=r"data\.classes is none"):
        with_classes_of(unwanted, pack)
