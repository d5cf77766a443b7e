"""Scores of detection by IoU threshold, as the Data Science Bowl 2018 and StarDist count.

[Caicedo et al. 2019](https://doi.org/10.1038/s41592-019-0612-7), "Nucleus segmentation across
imaging experiments: the 2018 Data Science Bowl", Nature Methods;
[Schmidt et al. 2018](https://arxiv.org/abs/1806.03535), "Cell Detection with Star-convex Polygons",
MICCAI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmnuc.evaluation.functional.instances import Instances, Scores, count_table
from mmnuc.ops.overlap.masks import Overlaps
from mmnuc.ops.overlap.matching import count_matches

IOU_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Detection:
    """Right, invented and missed instances at one IoU threshold.

    Attributes:
        true_positives: Pairs of IoU at or above the threshold, no instance twice.
        false_positives: Predicted instances in no pair.
        false_negatives: True instances in no pair.
    """

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def average_precision(self) -> float:
        """TP / (TP + FP + FN); 1 without any instance. StarDist calls it accuracy."""
        total = self.true_positives + self.false_positives + self.false_negatives
        return self.true_positives / total if total else 1.0

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN); 1 without any instance."""
        total = 2 * self.true_positives + self.false_positives + self.false_negatives
        return 2 * self.true_positives / total if total else 1.0


def average_precision(
    gt: Instances,
    pred: Instances,
    scores: Scores = None,
    *,
    iou_thresholds: Sequence[float] = IOU_THRESHOLDS,
) -> tuple[float, ...]:
    r"""TP / (TP + FP + FN) at each IoU threshold; its mean is the Data Science Bowl's score.

    $$
    \mathrm{AP}_t = \frac{TP_t}{TP_t + FP_t + FN_t},\qquad
    \mathrm{DSB} = \frac{1}{10} \sum_{t \in \{0.5, 0.55, \dots, 0.95\}} \mathrm{AP}_t
    $$

    with $TP_t$ the most pairs of an IoU of at least $t$ in which no instance occurs twice, $FP_t$
    the predicted and $FN_t$ the true instances in no pair.

    This is not COCO's average precision: no confidence enters, only which instances are there.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.
        iou_thresholds: A pair matches at or above; each in (0, 1].

    Returns:
        A value a threshold, 0 to 1; all 1 if both are empty, all 0 if one is.

    Example:
        >>> import numpy as np
        >>> average_precision(np.array([[1, 1, 2]]), np.array([[1, 0, 2]]),
        ...                   iou_thresholds=(0.5, 0.9))
        (1.0, 0.3333333333333333)
    """
    found = detections_of(count_table(gt, pred, scores), iou_thresholds)
    return tuple(one.average_precision for one in found)


def f1_score(
    gt: Instances,
    pred: Instances,
    scores: Scores = None,
    *,
    iou_thresholds: Sequence[float] = IOU_THRESHOLDS,
) -> tuple[float, ...]:
    r"""2 TP / (2 TP + FP + FN) at each IoU threshold, as StarDist's matching has it.

    $$
    F_{1,t} = \frac{2\,TP_t}{2\,TP_t + FP_t + FN_t}
    $$

    with the counts of :func:`average_precision`.

    Args:
        gt: True instances, see :func:`~mmnuc.evaluation.functional.instances.count_table`.
        pred: Predicted instances of the same image.
        scores: Confidence of predicted masks, which decides who owns a shared pixel.
        iou_thresholds: A pair matches at or above; each in (0, 1].

    Returns:
        A value a threshold, 0 to 1; all 1 if both are empty, all 0 if one is.

    Example:
        >>> import numpy as np
        >>> f1_score(np.array([[1, 1, 2]]), np.array([[1, 0, 2]]), iou_thresholds=(0.5, 0.9))
        (1.0, 0.5)
    """
    found = detections_of(count_table(gt, pred, scores), iou_thresholds)
    return tuple(one.f1 for one in found)


def detections_of(
    table: Overlaps, iou_thresholds: Sequence[float] = IOU_THRESHOLDS
) -> tuple[Detection, ...]:
    """Count right, invented and missed instances from counted pixels, at each threshold."""
    n, m = len(table.row_areas), len(table.col_areas)
    hits = [count_matches(table, threshold) for threshold in iou_thresholds]
    return tuple(Detection(tp, m - tp, n - tp) for tp in hits)
