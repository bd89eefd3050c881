"""What the page shows of a run."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.errors import DataError
from lsgan.explorer import training
from lsgan.inference.sampling import open_generator
from lsgan.io.images import grid, save_png
from lsgan.reporting.record import read_run


def test_curves_and_grids_of_a_run(run: Path) -> None:
    record = read_run(run)
    html = training.curves_of(record)
    assert html.count("<svg") >= 3
    assert "Losses" in html
    assert "Step 3" in training.grid_of(record.grids[1])
    record.grids[1].path.write_text("no image")
    assert "cannot be read" in training.grid_of(record.grids[1])
    (run / "metrics.jsonl").unlink()
    assert "no metrics yet" in training.curves_of(read_run(run))


def test_the_sheet_of_copies_if_there_is_one(run: Path, landscapes: np.ndarray) -> None:
    assert "lsgan evaluate" in training.copies(read_run(run))
    save_png(grid(landscapes[:4]), run / "copies.png")
    assert "beside the training image nearest to it" in training.copies(read_run(run))


def test_a_training_image_is_nearest_to_itself_mirrored_or_not(
    run: Path,
) -> None:
    generator = open_generator(run)
    images = training.TrainingImages(run, generator)
    said: list[str] = []
    assert images._opened(said.append)[0].shape[1:] == (3, 32, 32)
    image = images._opened(said.append)[0][5:6]
    assert sum("measuring" in line for line in said) == 1
    for shown in (image, np.ascontiguousarray(image[..., ::-1])):
        html = images.nearest(shown, said.append)
        first, nearest = html.split("<figure>")[1:3]
        assert "<figcaption>0.0</figcaption>" in nearest
        assert nearest.split('src="')[1].split('"')[0] == first.split('src="')[1].split('"')[0]
    assert "training images" in html
    # Of a data set that has gone, a sentence.

    (run / "config.yaml").unlink()
    with pytest.raises(DataError, match="the data set is not where"):
        training.TrainingImages(run, generator).nearest(image, said.append)
