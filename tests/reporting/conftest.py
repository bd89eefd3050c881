"""A run that was trained and evaluated, on a data set from strangers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import lsgan
from lsgan.config import config_files
from lsgan.data.pack import MANIFEST
from lsgan.training.train import train
from tests.conftest import SMALL, write_pack

AUTHORS = ("Ana", "<script>alert('author')</script>", '"><img src=x onerror=alert(1)>', "张伟")
LICENSES = (
    ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ("<b>mine</b>", "javascript:alert('license')"),
)


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory, landscapes: np.ndarray) -> Path:
    """A packed data set of 200 landscapes, whose manifest strangers have written."""
    folder = write_pack(tmp_path_factory.mktemp("data") / "strangers & 'others'", landscapes)
    rows = []
    for index in range(len(landscapes)):
        name, url = LICENSES[index % 4 == 3]
        told = {
            "title": "<script>alert('title')</script>",
            "author": AUTHORS[index % len(AUTHORS)],
            "license": name,
            "license_url": url,
            "page": f"https://example.org/{index}" if index % 2 else "data:text/html,<script>",
        }
        rows.append(json.dumps({"index": index, "attribution": told}))
    (folder / MANIFEST).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, strangers: Path) -> Path:
    """A run's folder."""
    config = config_files.load(config_files.find("kanas.yaml"), SMALL)
    path = tmp_path_factory.mktemp("runs") / "kanas"
    train(config_files.with_data(config, strangers), path, "cpu", progress=False)
    lsgan.evaluate(path, device="cpu", progress=False, reference=strangers, count=64)
    return path


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of that run, which a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "runs" / "kanas"))
