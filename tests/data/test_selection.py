import numpy as np
import pytest

from lsgan.data.selection import select


@pytest.mark.parametrize(
    "key", [slice(2, 5), slice(None), [3, 0], 2, -1, (slice(1, 4), slice(1, 3))]
)
def test_a_selection_is_indexed_as_the_images_that_it_is_of(key):
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 4, 4), dtype=np.uint8)
    indices = np.array([19, 3, 3, 7, 0, 12], np.uint32)
    chosen, expected = select(images, indices), images[indices]
    np.testing.assert_array_equal(chosen[key], expected[key], strict=True)


def test_it_reads_only_what_is_asked_for_and_has_what_an_array_has():
    asked = []

    class Images:
        shape, dtype, ndim = (1000, 3, 4, 4), np.dtype(np.uint8), 4

        def __getitem__(self, indices):
            asked.append(indices)
            return np.zeros((*np.shape(indices), 3, 4, 4), np.uint8)

    chosen = select(Images(), np.arange(0, 1000, 2))
    assert (len(chosen), chosen.shape, chosen.dtype) == (500, (500, 3, 4, 4), np.uint8)
    assert not asked
    assert chosen[10:12].shape == (2, 3, 4, 4)
    assert [each.tolist() for each in asked] == [[20, 22]]
    assert np.asarray(chosen).shape == (500, 3, 4, 4)
    assert next(iter(chosen)).shape == (3, 4, 4)
