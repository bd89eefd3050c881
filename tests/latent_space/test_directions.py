"""Directions that steer, found on a generator of which it is known what its latents do."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.errors import ConfigError, DataError
from lsgan.latent_space.direction_report import table, write_json, write_strips
from lsgan.latent_space.directions import (
    Directions,
    default_folder,
    open_directions,
    save_directions,
    shifts,
)
from lsgan.latent_space.estimation import estimate_directions
from tests.latent_space.generators import DIM, known


@pytest.fixture(scope="module")
def found() -> Directions:
    return estimate_directions(known(), 3, 0, lambda _: None)


def test_a_propertys_direction_is_the_latent_that_moves_it(found: Directions) -> None:
    for name, place in (("brightness", 0), ("warmth", 1), ("horizon", 2), ("texture", 3)):
        vector = found.vectors[found.names.index(name)]
        assert np.linalg.norm(vector) == pytest.approx(1, abs=0.03)
        assert vector[place] > 0.95
    assert found.kinds[:7] == ("property",) * 7


def test_effects_are_in_standard_deviations_and_measured_on_every_property(
    found: Directions,
) -> None:
    effects = dict(zip(found.names, found.effects, strict=True))
    columns = {name: place for place, name in enumerate(found.properties)}
    # Warmth is a linear function of its latent alone, but for the clipping.
    assert effects["warmth"][columns["warmth"]] == pytest.approx(1, abs=0.1)
    assert abs(effects["warmth"][columns["horizon"]]) < 0.1
    place = found.names.index("warmth")
    assert found.effect(place)[0] == "warmth"
    # What is warmer is less blue: the largest side effect is named.
    assert found.side_effect(place)[0] == "blue"
    assert found.side_effect(place)[1] < -0.8


def test_principal_directions_are_those_of_the_activations(found: Directions) -> None:
    first = found.vectors[found.names.index("pc1")]
    assert abs(first[4]) > 0.95
    assert [name for name in found.names if name.startswith("pc")] == ["pc1", "pc2", "pc3"]


def test_another_seed_finds_the_same_and_the_same_seed_the_very_same(found: Directions) -> None:
    again = estimate_directions(known(), 3, 0, lambda _: None)
    np.testing.assert_array_equal(again.vectors, found.vectors)
    other = estimate_directions(known(), 0, 1, lambda _: None)
    # Nothing moves the third, green, in these images.
    cosines = (other.vectors[:2] * found.vectors[:2]).sum(1)
    assert cosines.min() > 0.95


def test_they_are_written_read_and_added_to_latents(found: Directions, tmp_path: Path) -> None:
    path = save_directions(found, tmp_path / "directions")
    read = open_directions(path, known())
    assert read.names == found.names
    np.testing.assert_array_equal(read.vectors, found.vectors)
    added = shifts(read, ["warmth=2", "pc1=-.5"])
    np.testing.assert_allclose(added["warmth+2"], 2 * found.vectors[1], rtol=1e-6)
    np.testing.assert_allclose(added["pc1-0.5"], -0.5 * found.vectors[7], rtol=1e-6)
    written = json.loads(write_json(found, tmp_path).read_text())
    assert written["directions"][1]["effects"]["warmth"] == pytest.approx(1, abs=0.1)
    shown = table(found).splitlines()
    assert len(shown) == 2 + len(found)
    assert shown[2].split()[:3] == ["warmth", "warmth", f"{2 * found.effect(1)[1]:+.2f}"]


def test_strips_go_from_less_to_more(found: Directions, tmp_path: Path) -> None:
    write_strips(known(), found, tmp_path)
    with Image.open(tmp_path / "brightness.png") as strip:
        pixels = np.asarray(strip)
    assert pixels.shape == (4 * 34 - 2, 5 * 34 - 2, 3)
    means = [pixels[:32, 34 * column : 34 * column + 32].mean() for column in range(5)]
    assert means == sorted(means)
    assert means[-1] > means[0] + 60
    assert (tmp_path / "directions.png").is_file()


@pytest.mark.parametrize("text", ["warmth", "warmth=", "=2", "warmth=a", "warmth=21", "warmth=nan"])
def test_what_is_no_amount_is_refused(found: Directions, text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        shifts(found, [text])


def test_a_misspelt_direction_is_refused_with_the_nearest(found: Directions) -> None:
    with pytest.raises(ConfigError, match="did you mean warmth"):
        shifts(found, ["warmht=2"])


def test_what_holds_no_directions_is_refused(found: Directions, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Find them with: lsgan directions RUN"):
        open_directions(tmp_path / "none.npz", known())
    (tmp_path / "text.npz").write_text("no zip")
    np.savez(tmp_path / "other.npz", names=np.array(["a"]))
    pickled = np.array([object()])
    np.savez(tmp_path / "pickled.npz", names=pickled, allow_pickle=True)
    for name in ("text", "other", "pickled"):
        with pytest.raises(DataError, match="cannot read directions"):
            open_directions(tmp_path / f"{name}.npz", known())
    short = found.vectors[:, : DIM - 1]
    path = save_directions(
        Directions(found.names, found.kinds, short, found.properties, found.effects, "x"), tmp_path
    )
    with pytest.raises(DataError, match="no directions of known"):
        open_directions(path, known())


def test_the_folder_is_the_runs(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    file = tmp_path / "checkpoints" / "step-00000001.safetensors"
    assert default_folder(tmp_path) == default_folder(file) == tmp_path / "directions"
    assert default_folder(Path("mine.safetensors")) == Path("directions")
