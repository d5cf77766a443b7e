"""How far the outlines of matched instances are apart.

[Huttenlocher et al. 1993](https://doi.org/10.1109/34.232073), "Comparing Images Using the Hausdorff
Distance", IEEE TPAMI. The 95th percentile follows
[MONAI](https://docs.monai.io/en/stable/metrics.html#hausdorff-distance): the larger one of both
directions' percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.instances import ComparedInstances, Instances, Scores, compare
from mmnuc.ops.arrays import I64Array
from mmnuc.ops.codecs.label_map import Labelled
from mmnuc.ops.crops import Crops, take
from mmnuc.ops.morphology.surface_distance import surface_distances

# The crops of so many pairs are small, even on an image with a million nuclei.
_PAIRS_AT_ONCE = 4096


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
    r"""Measure the outlines of the pairs that match at an IoU above the threshold.

    $$
    H(G, P) = \max\left(\max_{g \in \partial G} \min_{p \in \partial P} \lVert g - p \rVert,\
    \max_{p \in \partial P} \min_{g \in \partial G} \lVert g - p \rVert\right)
    $$

    with $\partial G$ and $\partial P$ the outlines of a pair; ``percentile_95`` takes the 95th
    percentile in place of each inner maximum over an outline.

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
    return hausdorff_of(compare(gt, pred, scores), iou_threshold)


def hausdorff_of(found: ComparedInstances, iou_threshold: float = 0.5) -> HausdorffDistances:
    """Measure the matched pairs of two sides that were compared."""
    if not 0.5 <= iou_threshold < 1:
        raise ValueError(f'the IoU threshold lies in [0.5, 1), not at {iou_threshold}')
    matched = np.flatnonzero(found.table.iou > iou_threshold)
    rows, cols = found.table.rows[matched], found.table.cols[matched]
    distances = np.zeros((len(matched), 2))
    for start in range(0, len(matched), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        first, second = _cut(found.gt, rows[part]), _cut(found.pred, cols[part])
        each = np.arange(len(first))
        distances[part] = surface_distances(first, second, each, each, 95)
    return HausdorffDistances(
        *(found.gt_kept[rows], found.pred_kept[cols]),
        *(distances[:, 0], distances[:, 1]),
    )


def _cut(instances: Labelled | Crops, which: I64Array) -> Crops:
    return take(instances, which) if isinstance(instances, Crops) else instances.cut(which)
