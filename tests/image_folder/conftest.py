"""What the tests of exports need."""

import json
from pathlib import Path

import pytest

from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from tests.data.samples import photographs

# Of the eight images of `scraped`, in their order.
LICENSES = (
    "CC BY-SA 4.0",
    "CC BY 2.0",
    "CC0 1.0",
    "CC BY-ND 4.0",
    "",
    "All rights reserved",
    *[""] * 2,
)


@pytest.fixture
def scraped(tmp_path: Path) -> Path:
    """A folder as `lsgan scrape` leaves it, with the data set in it."""
    folder = tmp_path / "kanas"
    photographs(folder / "photographs", len(LICENSES))
    rows = [
        {
            "file": f"photographs/{index:04}.jpg",
            "title": f"Lake {index} 喀纳斯 \ud83d",
            "author": "" if index == 1 else f"Author {index}",
            "license": name,
            "license_url": "",
            "page": f"https://example.org/{index}",
            "url": f"https://example.org/{index}.jpg",
            "original": "",
            "source": "commons",
        }
        for index, name in enumerate(LICENSES[:-1])
    ]
    lines = [*rows, {"file": f"photographs/{len(rows):04}.jpg"}]
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    prepare([folder], folder / "packed", PrepareSettings(workers=1))
    return folder
