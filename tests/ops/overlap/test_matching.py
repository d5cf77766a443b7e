"""Matching on sparse pairs, against SciPy's on the whole matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

from mmnuc.ops.overlap.label_maps import label_map_overlaps
from mmnuc.ops.overlap.masks import Overlaps
from mmnuc.ops.overlap.matching import best_assignment, best_of_each_row, count_matches

maps = hnp.arrays(np.int32, (6, 6), elements=st.integers(0, 7))


@settings(max_examples=200, deadline=None)
@given(maps, maps)
def test_assignment_is_of_the_largest_weight(gt, pred) -> None:
    table = label_map_overlaps(gt, pred)
    chosen = best_assignment(table, table.iou)
    assert len(set(table.rows[chosen])) == len(set(table.cols[chosen])) == len(chosen)
    dense = table.to_dense(table.iou)
    best = dense[linear_sum_assignment(dense, maximize=True)].sum()
    assert table.iou[chosen].sum() == pytest.approx(best, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(maps, maps, st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.6, 1.0]))
def test_count_is_of_the_largest_matching(gt, pred, threshold: float) -> None:
    table = label_map_overlaps(gt, pred)
    good = table.to_dense(table.iou) >= threshold
    assert count_matches(table, threshold) == good[linear_sum_assignment(-good.astype(int))].sum()


@settings(max_examples=100, deadline=None)
@given(maps, maps)
def test_best_of_each_row_is_the_first_of_the_largest(gt, pred) -> None:
    table = label_map_overlaps(gt, pred)
    dense = table.to_dense(table.iou)
    expected = [(i, int(row.argmax())) for i, row in enumerate(dense) if row.any()]
    chosen = best_of_each_row(table, table.iou)
    assert list(zip(table.rows[chosen], table.cols[chosen], strict=True)) == expected


def test_no_pairs() -> None:
    none = np.zeros(0, np.int64)
    table = Overlaps(none, none, none, np.array([3, 4]), np.array([5]))
    assert len(best_assignment(table, table.iou)) == 0
    assert len(best_of_each_row(table, table.iou)) == 0
    assert count_matches(table, 0.3) == count_matches(table, 0.7) == 0
