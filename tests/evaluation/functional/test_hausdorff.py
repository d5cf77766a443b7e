"""Which pairs are measured, and what a mean of none is."""

import math

import numpy as np
import pytest

from mmnuc.evaluation.functional import hausdorff_distance

GT = np.array([[1, 1, 1, 1, 0, 2, 2, 0]])


def test_only_matched_pairs_are_measured() -> None:
    found = hausdorff_distance(GT, np.array([[3, 3, 3, 0, 0, 0, 7, 7]]))
    assert (found.gt.tolist(), found.pred.tolist()) == ([0], [0])
    assert (found.mean, found.mean_95) == (1.0, pytest.approx(0.85))


def test_without_a_pair_there_is_no_distance() -> None:
    found = hausdorff_distance(GT, np.zeros_like(GT))
    assert math.isnan(found.mean)
    assert math.isnan(found.mean_95)


@pytest.mark.parametrize('threshold', [0.49, 1.0])
def test_threshold_out_of_range(threshold: float) -> None:
    with pytest.raises(ValueError, match=f'not at {threshold}'):
        hausdorff_distance(GT, GT, iou_threshold=threshold)
