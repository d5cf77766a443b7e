"""What went wrong: every true and every predicted nucleus in one class of errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.instances import Instances, Scores
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import Overlaps, overlaps
from mmnuc.ops.overlap.matching import best_assignment

HIT_IOU = 0.5
COVERED = 0.5
TOUCHED = 0.1


class ErrorClass(IntEnum):
    """What became of a nucleus, true or predicted.

    - ``HIT``: matched one to one at an IoU of 0.5 or more.
    - ``DUPLICATE``: a prediction that would hit a nucleus which another one has hit.
    - ``MERGED``: one prediction covers at least half of each of several true nuclei; those that are
      no hit are merged, and so is the prediction if it is none.
    - ``SPLIT``: several predictions lie with at least half of their pixels in one true nucleus;
      those that are no hit are split, and so is the nucleus if it is none.
    - ``BADLY_OUTLINED``: it shares pixels with a partner (an IoU of 0.1 or more), but too few.
    - ``MISSED`` (true) and ``INVENTED`` (predicted): nothing comes near it.
    """

    HIT = 0
    MERGED = 1
    SPLIT = 2
    DUPLICATE = 3
    BADLY_OUTLINED = 4
    MISSED = 5
    INVENTED = 6


@dataclass(frozen=True)
class Errors:
    """The class of every instance, and its partner on the other side.

    Attributes:
        gt: Class of each true instance, shape (N,).
        pred: Class of each predicted instance, shape (M,).
        gt_partner: The prediction of the highest IoU with each true instance, -1 without one;
            where it is a hit, the one that hit it; shape (N,).
        pred_partner: Likewise for each prediction, shape (M,).
        gt_iou: IoU with that partner, shape (N,).
        pred_iou: IoU with that partner, shape (M,).
    """

    gt: NDArray[np.int64]
    pred: NDArray[np.int64]
    gt_partner: NDArray[np.int64]
    pred_partner: NDArray[np.int64]
    gt_iou: NDArray[np.float64]
    pred_iou: NDArray[np.float64]

    def counts(self) -> dict[str, int]:
        """How many true nuclei and predictions are in each class, by name.

        Example:
            >>> classify_errors(np.array([[1, 0, 2]]), np.array([[1, 0, 0]])).counts()['gt_missed']
            1
        """
        found = {}
        for side, classes in (('gt', self.gt), ('pred', self.pred)):
            for one in ErrorClass:
                found[f'{side}_{one.name.lower()}'] = int((classes == one).sum())
        return found


def classify_errors(gt: Instances, pred: Instances, scores: Scores = None) -> Errors:
    """Put every instance of an image into one class.

    Hits are settled first, one to one and of the largest summed IoU. What is left is tried as
    duplicate, merged, split and badly outlined in this order; the first that fits is its class.

    Args:
        gt: True instances: a label map of shape (H, W), or N masks.
        pred: Predicted instances of the same image; they may overlap.
        scores: Confidence of each prediction, shape (M,): among predictions that could hit a
            nucleus equally well, the more confident one does.

    Returns:
        The classes.

    Raises:
        ValueError: The two belong to images of different sizes.

    Example:
        >>> gt = np.array([[1, 1, 2, 2, 3, 3, 0, 4]])
        >>> found = classify_errors(gt, np.array([[1, 1, 1, 1, 1, 1, 0, 0]]))
        >>> [ErrorClass(one).name for one in found.gt], [ErrorClass(one).name for one in found.pred]
        (['MERGED', 'MERGED', 'MERGED', 'MISSED'], ['MERGED'])
    """
    table = overlaps(_crops(gt), _crops(pred))
    iou = table.iou
    hits = _hits(table, iou, scores)
    gt_class = np.full(len(table.row_areas), int(ErrorClass.MISSED))
    pred_class = np.full(len(table.col_areas), int(ErrorClass.INVENTED))
    # From the last resort to the first choice: what is written later stands.
    for pairs, gt_as, pred_as in (
        (iou >= TOUCHED, ErrorClass.BADLY_OUTLINED, ErrorClass.BADLY_OUTLINED),
        (_splits(table), ErrorClass.SPLIT, ErrorClass.SPLIT),
        (_merges(table), ErrorClass.MERGED, ErrorClass.MERGED),
        (_duplicates(table, iou, hits), None, ErrorClass.DUPLICATE),
        (hits, ErrorClass.HIT, ErrorClass.HIT),
    ):
        if gt_as is not None:
            gt_class[table.rows[pairs]] = gt_as
        pred_class[table.cols[pairs]] = pred_as
    gt_partner, gt_iou = _best(table.rows, table.cols, iou, hits, len(gt_class))
    pred_partner, pred_iou = _best(table.cols, table.rows, iou, hits, len(pred_class))
    return Errors(gt_class, pred_class, gt_partner, pred_partner, gt_iou, pred_iou)


def _crops(instances: Instances) -> Crops:
    if isinstance(instances, np.ndarray):
        return label_map_to_crops(instances)[0]
    return instances if isinstance(instances, Crops) else instances.crops


def _hits(table: Overlaps, iou: NDArray[np.float64], scores: Scores) -> NDArray[np.bool_]:
    """The pairs of an assignment of the largest summed IoU among those that are good enough."""
    good = np.flatnonzero(iou >= HIT_IOU)
    part = Overlaps(
        table.rows[good],
        table.cols[good],
        table.intersections[good],
        table.row_areas,
        table.col_areas,
    )
    weights = iou[good]
    if scores is not None:
        # Too little to outweigh a pixel, enough to decide between equals.
        weights = weights + 1e-9 * np.asarray(scores, np.float64)[part.cols]
    hits = np.zeros(len(table), bool)
    hits[good[best_assignment(part, weights)]] = True
    return hits


def _merges(table: Overlaps) -> NDArray[np.bool_]:
    """Pairs of a prediction with several true nuclei of which it covers half."""
    covered = table.intersections / table.row_areas[table.rows] >= COVERED
    several = np.bincount(table.cols[covered], minlength=len(table.col_areas)) > 1
    merged: NDArray[np.bool_] = covered & several[table.cols]
    return merged


def _splits(table: Overlaps) -> NDArray[np.bool_]:
    """Pairs of a true nucleus with several predictions half inside it."""
    inside = table.intersections / table.col_areas[table.cols] >= COVERED
    several = np.bincount(table.rows[inside], minlength=len(table.row_areas)) > 1
    split: NDArray[np.bool_] = inside & several[table.rows]
    return split


def _duplicates(
    table: Overlaps, iou: NDArray[np.float64], hits: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Pairs that would be hits, were the nucleus not hit by another prediction."""
    hit = np.zeros(len(table.row_areas), bool)
    hit[table.rows[hits]] = True
    again: NDArray[np.bool_] = (iou >= HIT_IOU) & hit[table.rows] & ~hits
    return again


def _best(
    side: NDArray[np.int64],
    other: NDArray[np.int64],
    iou: NDArray[np.float64],
    hits: NDArray[np.bool_],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Partner of each instance: of its hit, else of the highest IoU."""
    partner, value = np.full(count, -1), np.zeros(count)
    # The last one written stands: rising IoU, hits at the end.
    order = np.lexsort((iou, hits))
    partner[side[order]] = other[order]
    value[side[order]] = iou[order]
    return partner, value
