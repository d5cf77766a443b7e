"""Pixels counted in one pass, against NumPy's slow way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmnuc.ops.overlap.label_maps import label_map_overlaps


def check(gt: np.ndarray, pred: np.ndarray) -> None:
    one, other = [np.unique(label_map[label_map > 0]) for label_map in (gt, pred)]
    dense = np.array([[((gt == a) & (pred == b)).sum() for b in other] for a in one], np.int64)
    dense = dense.reshape(len(one), len(other))
    pairs = label_map_overlaps(gt, pred)
    np.testing.assert_array_equal(pairs.to_dense(pairs.intersections), dense)
    assert pairs.row_areas.tolist() == [(gt == a).sum() for a in one]
    assert pairs.col_areas.tolist() == [(pred == b).sum() for b in other]
    assert list(zip(pairs.rows, pairs.cols, strict=True)) == list(
        zip(*dense.nonzero(), strict=True)
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_counts(data) -> None:
    shape = data.draw(st.tuples(st.integers(0, 6), st.integers(0, 6)))
    dtypes = st.sampled_from([np.uint8, np.uint16, np.int32, np.int64])
    numbers = st.sampled_from([0, 0, 1, 2, 3, 200])
    check(*(data.draw(hnp.arrays(data.draw(dtypes), shape, elements=numbers)) for _ in range(2)))


def test_numbers_far_apart() -> None:
    gt = np.array([[0, 2**40, 2**40], [7, 7, 2**62]])
    check(gt, gt[::-1])
    check(gt[:1, 1:], gt[:1, 1:])


def test_more_pairs_than_the_first_table_holds() -> None:
    rng = np.random.default_rng(0)
    gt, pred = rng.integers(0, 3000, (2, 150, 150))
    pairs = label_map_overlaps(gt, pred)
    expected, counts = np.unique((gt * 3000 + pred)[(gt > 0) & (pred > 0)], return_counts=True)
    one, other = [np.unique(label_map[label_map > 0]) for label_map in (gt, pred)]
    np.testing.assert_array_equal(one[pairs.rows] * 3000 + other[pairs.cols], expected)
    np.testing.assert_array_equal(pairs.intersections, counts)


def test_views_are_read_as_they_look() -> None:
    label_map = np.arange(12, dtype=np.int32).reshape(3, 4)
    check(label_map[::-1, ::2], label_map.T[:3, :2])


def test_no_map() -> None:
    with pytest.raises(ValueError, match=r'no label map: int64 of shape \(3,\)'):
        label_map_overlaps(np.arange(3), np.arange(3))
