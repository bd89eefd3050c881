"""A packed data set becomes a folder for others, and that folder the same data set again."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lsgan
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import ConfigError, DataError
from lsgan.image_folder.export import export
from lsgan.io.files import read_lines
from tests.conftest import write_pack
from tests.data.samples import photographs
from tests.image_folder.conftest import LICENSES
from tests.image_folder.files import names


def told(pack: Path) -> list[dict]:
    """What is told of the images of a data set, without half characters."""
    rows = read_lines(pack / "manifest.jsonl")
    text = json.dumps([{"class": row["class"], **row.get("attribution", {})} for row in rows])
    return json.loads(text.replace("\\ud83d", "?"))


def again(folder: Path, out: Path, **settings: object) -> Path:
    """The data set that is packed of an export."""
    prepare([folder], out, PrepareSettings(workers=1, **settings))
    return out


def test_the_way_there_and_back_changes_no_pixel_and_no_attribution(
    scraped: Path, tmp_path: Path
) -> None:
    summary = lsgan.export_data(scraped, tmp_path / "out", licenses="any", progress=False)
    assert (summary.written, summary.left_out) == (8, {})
    assert names(tmp_path / "out") == ["README.md", "export.json", "train"]
    pack = again(tmp_path / "out", tmp_path / "again", keep_duplicates=True)
    assert open_pack(pack).digest == open_pack(scraped).digest
    assert told(pack) == told(scraped / "packed")
    first = read_lines(tmp_path / "out" / "train" / "metadata.jsonl")[0]
    assert first["file_name"] == "000000.png"
    assert first["author"] == "Author 0"
    assert first["original_file"] == "photographs/0000.jpg"
    assert first["original_sha256"] == open_pack(scraped).manifest()[0]["sha256"]
    # Where the originals lay is nobody's business.
    assert str(tmp_path) not in (tmp_path / "out" / "train" / "metadata.jsonl").read_text()


def test_classes_are_packed_again_whatever_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name in enumerate(("lake", "peak")):
        photographs(tmp_path / "photos" / name, 3 + place)
    photographs(tmp_path / "photos", 1)
    settings = {"keep_duplicates": True}
    pack = again(tmp_path / "photos", tmp_path / "pack", **settings)
    monkeypatch.setattr("lsgan.image_folder.packed_image._MOST_IN_FOLDER", 5)
    export(pack, tmp_path / "out", ["any"])
    assert names(tmp_path / "out" / "train") == ["000", "001", "metadata.jsonl"]
    assert names(tmp_path / "out" / "train" / "001") == ["000005.png", "000006.png", "000007.png"]
    back = again(tmp_path / "out", tmp_path / "again", **settings)
    assert open_pack(back).digest == open_pack(pack).digest
    assert [row["class"] for row in told(back)] == [None, *["lake"] * 3, *["peak"] * 4]


def test_pairs_lie_side_by_side(pairs: Path, tmp_path: Path) -> None:
    export(pairs, tmp_path / "out", ["unknown"])
    with Image.open(tmp_path / "out" / "train" / "000000.png") as image:
        assert (image.mode, image.size) == ("RGB", (64, 32))
    back = again(tmp_path / "out", tmp_path / "again", origin="pairs", size=32)
    assert open_pack(back).digest == open_pack(pairs).digest
    assert "--size 32 --from pairs" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_digits_stay_grey_and_keep_their_classes(tmp_path: Path) -> None:
    digits = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)
    (tmp_path / "mnist").mkdir()
    header = bytes([0, 0, 8, 3]) + np.array([6, 28, 28], ">u4").tobytes()
    labels = bytes([0, 0, 8, 1]) + np.array([6], ">u4").tobytes() + bytes(range(6))
    for kind, content in (("images-idx3", header + digits.tobytes()), ("labels-idx1", labels)):
        path = tmp_path / "mnist" / f"train-{kind}-ubyte.gz"
        path.write_bytes(gzip.compress(content))
    prepare([tmp_path / "mnist"], tmp_path / "pack", PrepareSettings.of("mnist", None, None))
    export(tmp_path / "pack", tmp_path / "out", ["any"])
    with Image.open(tmp_path / "out" / "train" / "000000.png") as image:
        assert (image.mode, image.size) == ("L", (32, 32))
    settings = {"size": 32, "channels": 1, "keep_duplicates": True}
    back = again(tmp_path / "out", tmp_path / "again", **settings)
    assert open_pack(back).digest == open_pack(tmp_path / "pack").digest
    assert [row["class"] for row in told(back)] == list("012345")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "digit with a black border" in card
    assert "--size 32 --channels 1 --keep-duplicates" in card


# Licences


def test_only_what_may_be_shared_is_written_unless_asked_for(scraped: Path, tmp_path: Path) -> None:
    summary = export(scraped, tmp_path / "out")
    assert summary.written == 3
    assert summary.left_out == {"by-nd": 1, "other": 1, "unknown": 3}
    assert "only those that allow sharing cropped and scaled copies: cc0, pdm, by" in str(summary)
    assert "no licence is known" in str(summary)
    rows = read_lines(tmp_path / "out" / "train" / "metadata.jsonl")
    assert [row["license"] for row in rows] == list(LICENSES[:3])


@pytest.mark.parametrize(
    ("licenses", "written"),
    [
        (["cc0", "by"], ["000001.png", "000002.png"]),
        (["by-nd"], ["000003.png"]),
        (["commercial"], ["000000.png", "000001.png", "000002.png", "000003.png"]),
        (["other,cc0"], ["000002.png", "000005.png"]),
        (["unknown"], ["000004.png", "000006.png", "000007.png"]),
        # No licence at all is no permission for all.
        ([" ", ","], ["000000.png", "000001.png", "000002.png"]),
    ],
)
def test_licences_mean_what_they_mean_in_a_scrape(
    scraped: Path, tmp_path: Path, licenses: list[str], written: list[str]
) -> None:
    export(scraped, tmp_path / "out", licenses)
    assert names(tmp_path / "out" / "train") == [*written, "metadata.jsonl"]
    files = [row["file_name"] for row in read_lines(tmp_path / "out" / "train" / "metadata.jsonl")]
    assert files == written


def test_without_any_permitted_image_nothing_is_written(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of the 200 images .*no licence is known") as caught:
        export(pack, tmp_path / "out")
    assert "--license any" in caught.value.remedy
    with pytest.raises(DataError, match="has a licence that was named"):
        export(pack, tmp_path / "out", ["by"])
    with pytest.raises(ConfigError, match="did you mean by-sa"):
        export(pack, tmp_path / "out", ["by-sq"])
    assert not (tmp_path / "out").exists()


# Data sets that are none


def test_a_manifest_of_other_images_is_refused(landscapes: np.ndarray, tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack", landscapes[:4])
    lines = (pack / "manifest.jsonl").read_text().splitlines()
    for wrong in (lines[:3], [*lines[:2], "{half", lines[3]], lines[::-1]):
        (pack / "manifest.jsonl").write_text("\n".join(wrong))
        with pytest.raises(DataError, match="does not tell, line by line, of the 4 images"):
            export(pack, tmp_path / "out", ["any"])
    (pack / "manifest.jsonl").unlink()
    with pytest.raises(DataError, match="cannot read"):
        export(pack, tmp_path / "out", ["any"])
    with pytest.raises(DataError, match="there is no folder"):
        export(tmp_path / "missing", tmp_path / "out", ["any"])
    odd = write_pack(tmp_path / "odd", np.zeros((2, 2, 32, 32), np.uint8))
    with pytest.raises(DataError, match="2 channels"):
        export(odd, tmp_path / "out", ["any"])
    assert not (tmp_path / "out").exists()
