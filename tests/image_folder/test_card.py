"""The data set card, which the Hub and people read."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from lsgan.data.pack import Pack
from lsgan.image_folder.card import Card
from lsgan.image_folder.packed_image import PackedImage, metadata


def card(*rows: dict, kind: str = "images", path: str = "data/kanas/packed", size: int = 64) -> str:
    channels = 6 if kind == "pairs" else 3
    pixels = np.zeros((len(rows), channels, size, size), np.uint8)
    images = [
        PackedImage(index, f"{index:06}.png", {"attribution": row})
        for index, row in enumerate(rows)
    ]
    return Card(Pack(Path(path), pixels, "", kind), images, "kanas-shared").text()


def head(text: str) -> dict:
    _, yaml_text, _ = text.split("---\n", 2)
    return yaml.safe_load(yaml_text)


@pytest.mark.parametrize(
    ("licenses", "expected"),
    [
        (["CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"], "cc-by-sa-4.0"),
        (["CC0", "CC0 1.0"], "cc0-1.0"),
        (["CC BY 2.0"], "cc-by-2.0"),
        (["CC BY 4.0", "CC BY 3.0"], "other"),
        (["CC BY 4.0", ""], "other"),
        (["Public domain"], "other"),
        (["All rights reserved"], "other"),
        (["", ""], "unknown"),
    ],
)
def test_the_licence_is_the_one_that_all_have(licenses: list[str], expected: str) -> None:
    rows = [
        {"license_url": name} if name.startswith("http") else {"license": name} for name in licenses
    ]
    found = head(card(*rows))
    assert found["license"] == expected
    assert "license_name" not in found


def test_a_licence_that_the_hub_does_not_list_has_its_name_and_address() -> None:
    found = head(card({"license": "CC BY-SA 2.0"}))
    assert found["license"] == "other"
    assert found["license_name"] == "cc-by-sa-2.0"
    assert found["license_link"] == "https://creativecommons.org/licenses/by-sa/2.0/"


def test_the_head_tells_size_name_and_task() -> None:
    found = head(card(*[{}] * 3, path="data/a: [b] # <喀纳斯>"))
    assert found["pretty_name"] == "a b 喀纳斯, 64×64 pixels"
    assert found["size_categories"] == ["n<1K"]
    assert found["task_categories"] == ["unconditional-image-generation"]
    assert head(card(*[{}] * 1000, size=1))["size_categories"] == ["1K<n<10K"]
    assert head(card({}, kind="pairs"))["task_categories"] == ["image-to-image"]


def test_licences_are_counted_and_images_attributed() -> None:
    text = card(
        {"license": "CC BY 4.0", "author": "Ann", "title": "Lake", "page": "https://x.org/1"},
        {"license": "CC BY 4.0", "author": "Bob"},
        {"license": "My own | licence <b>"},
        {},
    )
    assert "| [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/) | 2 |" in text
    assert "| another, see `metadata.jsonl` | 1 |" in text
    assert "| unknown | 1 |" in text
    assert "000000.png: Lake, Ann, CC BY 4.0, https://x.org/1\n" in text
    assert "000001.png: Untitled, Bob, CC BY 4.0\n" in text
    assert 'load_dataset("imagefolder", data_dir="kanas-shared", split="train")' in text
    assert "lsgan prepare kanas-shared --out data/kanas --size 64 --keep-duplicates" in text


def test_the_words_of_strangers_stay_in_their_block() -> None:
    text = card(
        {"title": "a\n```\n# Head\n<script>", "author": "\ud83d\u202e", "license": "```\nx"}
    )
    block = text.split("```text\n")[1].split("\n```\n")[0]
    assert len(block.splitlines()) == 1
    text.encode("utf-8")
    assert "# Head" not in [line.strip() for line in text.splitlines()]


def test_of_many_images_the_attribution_is_in_the_metadata() -> None:
    text = card(*[{"author": "Ann"}] * 501, size=1)
    assert "```text" not in text
    assert "of each image are in `train/metadata.jsonl`" in text


def test_all_lines_of_the_metadata_have_the_same_columns() -> None:
    rows = [{"author": "Ann", "title": 3}, {"author": "", "license": "CC0"}, {}]
    images = [
        PackedImage(index, f"{index}.png", {"attribution": row, "width": 80, "class": None})
        for index, row in enumerate(rows)
    ]
    assert metadata(images) == [
        {"file_name": "0.png", "author": "Ann", "license": None, "original_width": 80},
        {"file_name": "1.png", "author": "", "license": "CC0", "original_width": 80},
        {"file_name": "2.png", "author": None, "license": None, "original_width": 80},
    ]
