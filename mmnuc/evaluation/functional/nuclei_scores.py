"""Every score of one image that looks at which pixels belong to which nucleus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmnuc.evaluation.functional.aggregated_jaccard_index import aji_of, aji_plus_of
from mmnuc.evaluation.functional.detection import IOU_THRESHOLDS, Detection, detections_of
from mmnuc.evaluation.functional.dice import dice_of, instance_dice_of
from mmnuc.evaluation.functional.hausdorff import hausdorff_of
from mmnuc.evaluation.functional.instances import Instances, Scores, compare
from mmnuc.evaluation.functional.panoptic_quality import PanopticQuality, panoptic_quality_of


@dataclass(frozen=True)
class NucleiScores:
    """All scores of one image. Each is 1 if nothing was to find and nothing was found.

    Attributes:
        gt_count: True instances.
        pred_count: Predicted instances.
        aji: Aggregated Jaccard index.
        aji_plus: The same with unique pairs.
        panoptic: Panoptic quality, matched at an IoU above 0.5.
        dice: Dice of the foreground.
        instance_dice: Dice of the overlapping pairs.
        detections: Right, invented and missed instances at IoU 0.5, 0.55 ... 0.95.
        hausdorff: Mean Hausdorff distance of the matched pairs in pixels; NaN without a pair.
        hausdorff_95: Mean 95th percentile of the outline distances; NaN without a pair.
    """

    gt_count: int
    pred_count: int
    aji: float
    aji_plus: float
    panoptic: PanopticQuality
    dice: float
    instance_dice: float
    detections: tuple[Detection, ...]
    hausdorff: float
    hausdorff_95: float

    @property
    def dsb(self) -> float:
        """The Data Science Bowl's score: TP / (TP + FP + FN), mean over the IoU thresholds."""
        return sum(found.average_precision for found in self.detections) / len(self.detections)

    def as_dict(self) -> dict[str, Any]:
        """Every number by its short name."""
        found = dict(zip(IOU_THRESHOLDS, self.detections, strict=True))
        return {
            'aji': self.aji,
            'aji_plus': self.aji_plus,
            'pq': self.panoptic.pq,
            'dq': self.panoptic.dq,
            'sq': self.panoptic.sq,
            'dice': self.dice,
            'instance_dice': self.instance_dice,
            'ap50': found[0.5].average_precision,
            'ap75': found[0.75].average_precision,
            'dsb': self.dsb,
            'f1_50': found[0.5].f1,
            'f1_75': found[0.75].f1,
            'hausdorff': self.hausdorff,
            'hausdorff_95': self.hausdorff_95,
        }


def nuclei_scores(gt: Instances, pred: Instances, scores: Scores = None) -> NucleiScores:
    """Score one image; its pixels are counted once for all scores.

    The formulas and their sources stand at each score: :func:`aggregated_jaccard_index`,
    :func:`panoptic_quality`, :func:`dice`, :func:`average_precision`, :func:`f1_score` and
    :func:`hausdorff_distance` of :mod:`mmnuc.evaluation.functional`.

    Args:
        gt: True instances: a label map of shape (H, W), or N masks.
        pred: Predicted instances of the same image, M of them.
        scores: Confidence of predicted masks, of shape (M,), which decides who owns a pixel that
            several cover.

    Returns:
        All scores.

    Raises:
        ValueError: The two belong to images of different sizes, or scores do not fit.

    Example:
        >>> import numpy as np
        >>> gt = np.array([[1, 1, 0, 2, 2]])
        >>> found = nuclei_scores(gt, np.array([[1, 1, 0, 0, 2]]))
        >>> found.dice, found.aji, found.panoptic.dq, found.as_dict()['ap50']
        (0.8571428571428571, 0.75, 0.5, 1.0)
    """
    compared = compare(gt, pred, scores)
    table, outlines = compared.table, hausdorff_of(compared)
    return NucleiScores(
        gt_count=len(table.row_areas),
        pred_count=len(table.col_areas),
        aji=aji_of(table),
        aji_plus=aji_plus_of(table),
        panoptic=panoptic_quality_of(table),
        dice=dice_of(table),
        instance_dice=instance_dice_of(table),
        detections=detections_of(table),
        hausdorff=outlines.mean,
        hausdorff_95=outlines.mean_95,
    )
