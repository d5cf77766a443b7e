"""What every score of one image takes: a label map, or masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import I64Array
from mmnuc.ops.codecs.label_map import Labelled, label_map_to_crops
from mmnuc.ops.crops import Crops, take
from mmnuc.ops.overlap.label_maps import compare_label_maps
from mmnuc.ops.overlap.masks import Overlaps, overlaps
from mmnuc.ops.overlap.resolve import resolve_overlaps


class HasCrops(Protocol):
    """Masks kept as crops, such as :class:`mmnuc.structures.CropMasks`."""

    @property
    def crops(self) -> Crops:
        """The crops."""


Instances: TypeAlias = NDArray[np.integer] | Crops | HasCrops
Scores: TypeAlias = NDArray[np.floating] | None


def count_table(gt: Instances, pred: Instances, scores: Scores = None) -> Overlaps:
    """Count the pixels that instances share: all that a score of this package looks at.

    Masks that overlap are made to share no pixel first, as a label map demands: the more confident
    one owns the pixel, and without scores the earlier one. Masks without a pixel, from the start or
    after that, are no instances.

    Args:
        gt: True instances: a label map of shape (H, W), whose numbers may have gaps, or N masks.
        pred: Predicted instances, as a label map of the same shape or as M masks of the same image.
        scores: Confidence of the predicted masks, of shape (M,).

    Returns:
        The table. Its rows and columns count the instances: those of a label map in rising order
        of their numbers, masks in their own order.

    Raises:
        ValueError: The two belong to images of different sizes, scores come with a label map, or
            are not M numbers.

    Example:
        >>> table = count_table(np.array([[1, 1, 0]]), np.array([[0, 4, 4]]))
        >>> table.intersections.tolist(), table.row_areas.tolist(), table.col_areas.tolist()
        ([1], [2], [2])
    """
    return compare(gt, pred, scores).table


@dataclass(frozen=True)
class ComparedInstances:
    """The table of :func:`count_table`, and what it was counted from.

    Attributes:
        table: The pairs that share pixels.
        gt: The true instances, in the order of the rows.
        pred: The predicted instances, in the order of the columns.
        gt_kept: Which of the given true instances each row is, shape (N,).
        pred_kept: Which of the given predicted instances each column is, shape (M,).
    """

    table: Overlaps
    gt: Labelled | Crops
    pred: Labelled | Crops
    gt_kept: I64Array
    pred_kept: I64Array


def compare(gt: Instances, pred: Instances, scores: Scores = None) -> ComparedInstances:
    """Count the table of :func:`count_table` and tell which instances it is of.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> masks = from_bitmaps(np.array([[[0, 0, 0]], [[0, 1, 1]]], np.uint8))
        >>> compare(np.array([[0, 4, 4]]), masks).pred_kept.tolist()
        [1]
    """
    if isinstance(pred, np.ndarray) and scores is not None:
        raise ValueError('a label map has one owner a pixel already: scores belong to masks')
    if isinstance(gt, np.ndarray) and isinstance(pred, np.ndarray):
        table, rows, cols = compare_label_maps(gt, pred)
        return ComparedInstances(table, rows, cols, np.arange(len(rows)), np.arange(len(cols)))
    (first, gt_kept), (second, pred_kept) = _exclusive(gt), _exclusive(pred, scores)
    return ComparedInstances(overlaps(first, second), first, second, gt_kept, pred_kept)


def exclusive_crops(instances: Instances, scores: Scores = None) -> Crops:
    """Return instances as crops that share no pixel; those without a pixel are left out.

    Args:
        instances: A label map of shape (H, W), or N masks.
        scores: Confidence of the masks, of shape (N,).

    Returns:
        At most N masks, in their order.

    Example:
        >>> exclusive_crops(np.array([[7, 0, 3]])).boxes_xyxy.tolist()
        [[2, 0, 3, 1], [0, 0, 1, 1]]
    """
    return _exclusive(instances, scores)[0]


def _exclusive(instances: Instances, scores: Scores = None) -> tuple[Crops, I64Array]:
    """Return the crops that keep a pixel, and which of the given ones they are."""
    if isinstance(instances, np.ndarray):
        crops, numbers = label_map_to_crops(instances)
        return crops, np.arange(len(numbers))
    crops = instances if isinstance(instances, Crops) else instances.crops
    exclusive = resolve_overlaps(crops, scores)
    kept = np.flatnonzero(exclusive.boxes_xyxy[:, 2] > 0)
    return (exclusive if len(kept) == len(crops) else take(exclusive, kept)), kept


def decided(gt_count: int, pred_count: int) -> float | None:
    """The score where there is nothing to compare: 1 with both empty, 0 with one side empty.

    Example:
        >>> decided(0, 0), decided(0, 3), decided(2, 0), decided(2, 3)
        (1.0, 0.0, 0.0, None)
    """
    if gt_count == 0 and pred_count == 0:
        return 1.0
    return 0.0 if gt_count == 0 or pred_count == 0 else None
