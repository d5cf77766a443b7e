"""How far the outlines of matched instances are apart.

Huttenlocher et al., "Comparing Images Using the Hausdorff Distance", IEEE TPAMI 1993. The 95th
percentile follows MONAI: the larger one of both directions' percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.instances import Instances, Scores, count_with_crops
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap import Overlaps
from mmnuc.ops.surface import surface_distances


@dataclass(frozen=True)
class HausdorffDistances:
    """Distances of the outlines of all matched pairs, in pixels.

    Attributes:
        gt: True instance of each pair, shape (P,).
        pred: Predicted instance of each pair, shape (P,).
        largest: Hausdorff distance of each pair, shape (P,).
        percentile_95: 95th percentile of each pair, shape (P,), which a single stray pixel does
            not move.
    """

    gt: NDArray[np.int64]
    pred: NDArray[np.int64]
    largest: NDArray[np.float64]
    percentile_95: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean Hausdorff distance of the pairs; NaN without a pair, as there is none to measure."""
        return float(self.largest.mean()) if len(self.largest) else float('nan')

    @property
    def mean_95(self) -> float:
        """Mean 95th percentile of the pairs; NaN without a pair."""
        return float(self.percentile_95.mean()) if len(self.percentile_95) else float('nan')


def hausdorff_distance(
    gt: Instances, pred: Instances, scores: Scores = None, *, iou_threshold: float = 0.5
) -> HausdorffDistances:
    """Measure the outlines of the pairs that match at an IoU above the threshold.

    An outline are the pixels of an instance with one of the four neighbours outside it; distances
    run between pixel centres. Missed and invented instances have no distance.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.
        iou_threshold: Pairs match above it; at least 0.5, so that a match is unique.

    Returns:
        The distances of every matched pair.

    Raises:
        ValueError: The threshold is not in [0.5, 1).

    Example:
        >>> gt, pred = np.array([[1, 1, 1, 1, 0]]), np.array([[2, 2, 2, 0, 0]])
        >>> hausdorff_distance(gt, pred).largest.tolist()
        [1.0]
    """
    return hausdorff_of(*count_with_crops(gt, pred, scores), iou_threshold)


def hausdorff_of(
    table: Overlaps, gt: Crops, pred: Crops, iou_threshold: float = 0.5
) -> HausdorffDistances:
    """Measure the matched pairs of a table that belongs to these crops."""
    if not 0.5 <= iou_threshold < 1:
        raise ValueError(f'the IoU threshold lies in [0.5, 1), not at {iou_threshold}')
    matched = table.iou > iou_threshold
    rows, cols = table.rows[matched], table.cols[matched]
    distances = surface_distances(gt, pred, rows, cols, 95)
    return HausdorffDistances(rows, cols, distances[:, 0], distances[:, 1])
