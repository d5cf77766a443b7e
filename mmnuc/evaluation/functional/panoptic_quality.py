"""Panoptic quality.

[Kirillov et al. 2019](https://arxiv.org/abs/1801.00868), "Panoptic Segmentation", CVPR; for nuclei:
[Graham et al. 2019](https://doi.org/10.1016/j.media.2019.101563), "HoVer-Net", Medical Image
Analysis, whose code's values these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmnuc.evaluation.functional.instances import Instances, Scores, count_table
from mmnuc.ops.overlap.masks import Overlaps
from mmnuc.ops.overlap.matching import best_assignment

# HoVer-Net's code divides the summed IoU by TP + 1e-6, and so does every value published with it.
_REFERENCE_EPSILON = 1e-6


@dataclass(frozen=True)
class PanopticQuality:
    """The counts behind panoptic quality, and the three numbers read from them.

    Attributes:
        true_positives: Matched pairs.
        false_positives: Predicted instances without a match.
        false_negatives: True instances without a match.
        iou_sum: IoU of the matched pairs, summed.

    Example:
        >>> found = PanopticQuality(3, 1, 1, 2.4)
        >>> found.dq, round(found.sq, 6), round(found.pq, 6)
        (0.75, 0.8, 0.6)
        >>> (found + PanopticQuality(1, 0, 0, 1.0)).dq
        0.8
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    iou_sum: float

    def __add__(self, other: PanopticQuality) -> PanopticQuality:
        return PanopticQuality(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
            self.iou_sum + other.iou_sum,
        )

    @property
    def instances(self) -> int:
        """True and predicted instances together."""
        return 2 * self.true_positives + self.false_positives + self.false_negatives

    @property
    def dq(self) -> float:
        """Detection quality, the F1 score of the matches; 1 if there are no instances at all."""
        return 2 * self.true_positives / self.instances if self.instances else 1.0

    @property
    def sq(self) -> float:
        """Segmentation quality, the mean IoU of the matches.

        0 without a match, and 1 if there are no instances at all. As in the reference the divisor
        is TP + 1e-6, but matches without a single wrong pixel are exactly 1.
        """
        if not self.instances or 0 < self.iou_sum == self.true_positives:
            return 1.0
        return self.iou_sum / (self.true_positives + _REFERENCE_EPSILON)

    @property
    def pq(self) -> float:
        """Panoptic quality, ``dq * sq``."""
        return self.dq * self.sq


def panoptic_quality(
    gt: Instances, pred: Instances, scores: Scores = None, *, iou_threshold: float = 0.5
) -> PanopticQuality:
    r"""Match instances at an IoU above the threshold and rate detection and outlines.

    $$
    \mathrm{PQ} = \underbrace{\frac{2\,TP}{2\,TP + FP + FN}}_{\mathrm{DQ}} \cdot
    \underbrace{\frac{1}{TP} \sum_{(i,j) \in TP} \mathrm{IoU}(G_i, P_j)}_{\mathrm{SQ}}
    $$

    with $TP$ the matched pairs of a true instance $G_i$ and a predicted one $P_j$, $FP$ the
    predicted and $FN$ the true instances without a match.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.
        iou_threshold: Pairs match above it (not at it). Below 0.5 a match is no longer unique, and
            the pairs of the largest summed IoU are taken.

    Returns:
        ``.dq``, ``.sq``, ``.pq`` and the counts. Both empty: 1; one side empty: 0.

    Raises:
        ValueError: The threshold is not in [0, 1).

    Example:
        >>> gt = np.array([[1, 1, 1, 0, 2]])
        >>> quality = panoptic_quality(gt, np.array([[1, 1, 0, 0, 0]]))
        >>> round(quality.dq, 6), round(quality.sq, 5), round(quality.pq, 5)
        (0.666667, 0.66667, 0.44444)
        >>> panoptic_quality(gt, gt).pq
        1.0
    """
    return panoptic_quality_of(count_table(gt, pred, scores), iou_threshold)


def panoptic_quality_of(table: Overlaps, iou_threshold: float = 0.5) -> PanopticQuality:
    """Panoptic quality from counted pixels."""
    if not 0 <= iou_threshold < 1:
        raise ValueError(f'the IoU threshold lies in [0, 1), not at {iou_threshold}')
    iou = table.iou
    if iou_threshold < 0.5:
        # As the reference does: assign first, then drop the pairs below the threshold.
        chosen = best_assignment(table, iou)
        iou = iou[chosen]
    matched = iou[iou > iou_threshold]
    count = len(matched)
    return PanopticQuality(
        true_positives=count,
        false_positives=len(table.col_areas) - count,
        false_negatives=len(table.row_areas) - count,
        iou_sum=float(np.sum(matched)),
    )
