"""What the program has made itself is not taken for photographs."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.data.decode import decode
from lsgan.data.discover import discover
from lsgan.data.own import files_of
from lsgan.data.prepare import prepare
from lsgan.data.rejection import RejectedError
from lsgan.data.settings import PrepareSettings
from lsgan.demo.landscapes import write_landscapes
from lsgan.io.animations import save_animation
from lsgan.io.images import save_png
from lsgan.training.plot import plot
from tests.data.samples import photographs, save, texture

ONE = PrepareSettings(workers=1)


def png(path: Path) -> None:
    save_png(texture(1), path)


def animation(path: Path) -> None:
    save_animation(iter([texture(1), texture(2)]), path, 60)


def curves(path: Path) -> None:
    plot([{"step": 1, "generator_loss": 1.0}, {"step": 2, "generator_loss": 0.5}], path)


@pytest.mark.parametrize(
    ("write", "suffix"),
    [
        (png, ".png"),
        (curves, ".png"),
        *((animation, suffix) for suffix in (".gif", ".webp", ".apng")),
    ],
)
def test_what_the_program_writes_is_marked_rejected_and_the_same_each_time(
    tmp_path: Path, write: Callable[[Path], None], suffix: str
) -> None:
    path = tmp_path / f"image{suffix}"
    write(path)
    with pytest.raises(RejectedError, match="made-by-lsgan"):
        decode(path, 64, 3, 1)
    assert decode(path, 64, 3, 1, own=True).pixels.shape == (3, 64, 64)
    first = path.read_bytes()
    write(path)
    assert path.read_bytes() == first
    # The pixels alone, without the mark, are anybody's.
    with Image.open(path) as image:
        assert decode(save(tmp_path / "other.png", image.convert("RGB")), 64, 3, 1)


def test_the_mark_changes_no_pixel_and_no_frame(tmp_path: Path) -> None:
    frames = [texture(seed).convert("P") for seed in range(3)]
    save_animation(iter(frames), tmp_path / "a.gif", 60)
    save_png(texture(1), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), np.asarray(texture(1)))
    with Image.open(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (3, 60, 0)
        for place, frame in enumerate(frames):
            image.seek(place)
            assert np.array_equal(
                np.asarray(image.convert("RGB")), np.asarray(frame.convert("RGB"))
            )


def test_images_of_other_programs_are_photographs(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    marks = PngInfo()
    marks.add_text("Software", "lsgan-viewer")
    save(tmp_path / "a.png", texture(1), pnginfo=marks)
    save(tmp_path / "a.gif", texture(1), comment=b"of lsgan")
    save(tmp_path / "a.jpg", texture(1), comment=b"lsgan")
    for path in tmp_path.iterdir():
        assert decode(path, 64, 3, 1)


def test_a_contact_sheet_moved_among_photographs_is_named(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", 4)
    prepare([photos], tmp_path / "out", ONE)
    shutil.copy(tmp_path / "out" / "contact-sheet.png", photos / "lakes.png")
    summary = prepare([photos], tmp_path / "again", ONE)
    assert (summary.kept, summary.rejected) == (4, {"made-by-lsgan": 1})
    assert "an image that lsgan made" in str(summary)


def test_data_sets_and_runs_among_photographs_are_passed_over(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", 4)
    prepare([photos], photos / "a" / "packed", ONE)
    # Of an earlier version, which marked nothing.
    texture(20, 400, 400).save(photos / "a" / "packed" / "contact-sheet.png")
    run = photos / "run"
    for name in ("samples/reals.png", "images/step.png", "losses.png", "copies.png"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        texture(21).save(run / name)
    (run / "run.log").touch()
    (run / "config.yaml").touch()
    assert prepare([photos], tmp_path / "out", ONE).found == 4
    # Photographs beside them are photographs still.
    texture(22).save(run / "mine.png")
    texture(23).save(photos / "a" / "packed" / "mine.png")
    summary = prepare([photos], tmp_path / "out", ONE, overwrite=True)
    assert (summary.found, summary.kept) == (6, 6)


@pytest.mark.parametrize("name", ["pack.json", "config.yaml"])
def test_files_of_others_that_are_called_alike_hide_nothing(tmp_path: Path, name: str) -> None:
    for file in (*files_of(1, None), *files_of(3, 2), "losses.png", "copies.png"):
        (tmp_path / file).write_text("x")
    (tmp_path / name).write_text('{"format": "zip"}')
    found = {candidate.file for candidate in discover([tmp_path], tmp_path / "out", frozenset())}
    assert found >= {"contact-sheet.png", "losses.png", "copies.png"}


def test_a_demonstration_among_photographs_is_passed_over_but_not_when_named(
    tmp_path: Path,
) -> None:
    photos = photographs(tmp_path / "photos", 2)
    write_landscapes(photos / "demo" / "site", 3)
    (photos / "demo" / ".lsgan-demo").touch()
    assert prepare([photos], tmp_path / "out", ONE).found == 2
    assert prepare([photos / "demo" / "site"], tmp_path / "site", ONE).kept == 3
