"""Distances between outlines, against SciPy's on full images."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import cdist

from mmnuc.ops.crops import from_bitmaps
from mmnuc.ops.morphology.surface_distance import surface_distances

one_and_only = np.zeros(1, np.int64)


def outline(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask & ~binary_erosion(mask))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([0, 50, 95, 100]))
def test_distances(data, percentile: int) -> None:
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    one, other = (data.draw(hnp.arrays(bool, shape)) for _ in range(2))
    assume(one.any() and other.any())
    between = cdist(outline(one), outline(other))
    there, back = between.min(axis=1), between.min(axis=0)
    crops = [from_bitmaps(mask[None]) for mask in (one, other)]
    found = surface_distances(*crops, one_and_only, one_and_only, percentile)[0]
    assert found[0] == max(there.max(), back.max())
    expected = max(np.percentile(there, percentile), np.percentile(back, percentile))
    assert found[1] == pytest.approx(expected, abs=1e-12)


def test_far_apart() -> None:
    masks = np.zeros((2, 1, 30000), np.uint8)
    masks[0, 0, 0] = masks[1, 0, -1] = 1
    crops = from_bitmaps(masks)
    distances = surface_distances(crops, crops, one_and_only, one_and_only + 1, 95)
    assert distances.tolist() == [[29999, 29999]]


def test_no_pairs() -> None:
    crops = from_bitmaps(np.zeros((0, 2, 2), np.uint8))
    assert surface_distances(crops, crops, one_and_only[:0], one_and_only[:0], 95).shape == (0, 2)
