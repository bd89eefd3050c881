import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lsgan.metrics import neighbours
from lsgan.metrics.neighbours import distances, radii, radii_of_subsets


@pytest.fixture(scope="module")
def sets() -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(0)
    return numbers.normal(size=(41, 7)), numbers.normal(0.5, 2, size=(53, 7))


def naive_radii(features: np.ndarray, k: int) -> np.ndarray:
    found = []
    for place, image in enumerate(features):
        others = np.delete(features, place, axis=0)
        found.append(sorted(float(np.linalg.norm(image - other)) for other in others)[k - 1])
    return np.array(found)


def test_distances_are_scipys(sets: tuple[np.ndarray, np.ndarray]) -> None:
    found = distances(*sets)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, cdist(*sets), rtol=1e-12)


@pytest.mark.parametrize("block", [1, 100, 53 * 41])
def test_the_size_of_the_blocks_changes_nothing(
    sets: tuple[np.ndarray, np.ndarray], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_BLOCK", block)
    np.testing.assert_allclose(distances(*sets), cdist(*sets), rtol=1e-12)
    own = cdist(sets[0], sets[0])
    np.testing.assert_allclose(radii(own, 3), naive_radii(sets[0], 3), rtol=1e-12)


def test_far_from_the_origin_nothing_cancels(sets: tuple[np.ndarray, np.ndarray]) -> None:
    # Without the mean taken off, squares of 1e12 would leave four digits of a distance of 1.
    moved = sets[0] + 1e6, sets[1] + 1e6
    np.testing.assert_allclose(distances(*moved), cdist(*moved), rtol=1e-9)


def test_equal_images_are_at_distance_zero() -> None:
    features = np.random.default_rng(1).normal(3, 1, size=(60, 500))
    assert (np.diag(distances(features, features)) == 0).all()
    assert (np.diag(distances(features, features.copy())) == 0).all()
    shuffled = np.random.default_rng(2).permutation(60)
    found = distances(features, features[shuffled])
    assert (found == 0).sum() == 60


def test_near_images_are_not_taken_for_equal_ones() -> None:
    one = np.random.default_rng(3).normal(size=(20, 1000))
    other = one.copy()
    other[:, 0] += 1e-3
    assert np.diag(distances(one, other)) == pytest.approx(np.full(20, 1e-3), rel=1e-3)


def test_all_images_equal() -> None:
    same = np.full((10, 4), 0.1)
    assert (distances(same, same) == 0).all()
    assert (radii(distances(same, same), 3) == 0).all()


def test_radii_worked_by_hand() -> None:
    # On a line at 0, 1, 3 and 7 the others are 1, 3, 7 — 1, 2, 6 — 2, 3, 4 — and 4, 6, 7 away.
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    own = distances(line, line)
    assert radii(own, 1) == pytest.approx([1, 1, 2, 4])
    assert radii(own, 2) == pytest.approx([3, 2, 3, 6])
    assert radii(own, 3) == pytest.approx([7, 6, 4, 7])


def test_a_double_is_a_neighbour_at_distance_zero() -> None:
    features = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
    own = distances(features, features)
    assert radii(own, 1) == pytest.approx([0, 0, 5])
    assert radii(own, 2) == pytest.approx([5, 5, 5])


def test_the_matrix_is_left_as_it_was(sets: tuple[np.ndarray, np.ndarray]) -> None:
    own = distances(sets[0], sets[0])
    before = own.copy()
    np.testing.assert_allclose(radii(own, 3), naive_radii(sets[0], 3), rtol=1e-12)
    assert (own == before).all()


def test_radii_of_subsets_are_those_within_the_subset(
    sets: tuple[np.ndarray, np.ndarray],
) -> None:
    numbers = np.random.default_rng(4)
    subsets = [numbers.permutation(41)[:20] for _ in range(3)]
    for subset, found in zip(subsets, radii_of_subsets(sets[0], subsets, 3), strict=True):
        np.testing.assert_allclose(found, naive_radii(sets[0][subset], 3), rtol=1e-12)


def test_too_few_images_for_so_many_neighbours() -> None:
    with pytest.raises(ValueError, match="3 images have no 3 neighbours each"):
        radii(np.zeros((3, 3)), 3)
