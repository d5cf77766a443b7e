"""Masks made to share no pixel, against painting them into a label map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.ops.overlap.resolve import resolve_overlaps


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_painted_from_the_least_confident_on(data) -> None:
    shape = data.draw(st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(1, 6)))
    dense = data.draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 255])))
    scores = data.draw(
        st.one_of(st.none(), hnp.arrays(np.float32, shape[0], elements=st.floats(0, 1, width=32)))
    )
    order = range(shape[0]) if scores is None else np.argsort(-scores, kind='stable')
    owner = np.full(shape[1:], -1)
    for i in reversed(list(order)):
        owner[dense[i] > 0] = i
    found = to_bitmaps(resolve_overlaps(from_bitmaps(dense), scores))
    np.testing.assert_array_equal(found > 0, [owner == i for i in range(shape[0])] or found > 0)


def test_what_overlaps_nothing_is_left_as_it_is() -> None:
    crops = from_bitmaps(np.eye(3, dtype=np.uint8)[:, None])
    assert resolve_overlaps(crops) is crops


def test_scores_that_are_no_numbers() -> None:
    crops = from_bitmaps(np.ones((2, 1, 1), np.uint8))
    with pytest.raises(ValueError, match='NaN'):
        resolve_overlaps(crops, np.array([0.5, np.nan]))
