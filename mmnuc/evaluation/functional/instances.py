"""What every score of one image takes: a label map, or masks."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.crops import Crops, take
from mmnuc.ops.label_map import label_map_to_crops
from mmnuc.ops.label_overlap import label_map_overlaps
from mmnuc.ops.overlap import Overlaps, overlaps
from mmnuc.ops.ownership import one_owner_a_pixel


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
    if isinstance(pred, np.ndarray) and scores is not None:
        raise ValueError('a label map has one owner a pixel already: scores belong to masks')
    if isinstance(gt, np.ndarray) and isinstance(pred, np.ndarray):
        return label_map_overlaps(gt, pred)
    return overlaps(exclusive_crops(gt), exclusive_crops(pred, scores))


def count_with_crops(
    gt: Instances, pred: Instances, scores: Scores = None
) -> tuple[Overlaps, Crops, Crops]:
    """Return the table of :func:`count_table` and both sides' instances, in its order."""
    first, second = exclusive_crops(gt), exclusive_crops(pred, scores)
    if isinstance(gt, np.ndarray) and isinstance(pred, np.ndarray):
        return count_table(gt, pred, scores), first, second  # faster than crop against crop
    return overlaps(first, second), first, second


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
    if isinstance(instances, np.ndarray):
        return label_map_to_crops(instances)[0]
    crops = instances if isinstance(instances, Crops) else instances.crops
    exclusive = one_owner_a_pixel(crops, scores)
    empty = exclusive.boxes_xyxy[:, 2] == 0
    return take(exclusive, ~empty) if empty.any() else exclusive


def decided(gt_count: int, pred_count: int) -> float | None:
    """The score where there is nothing to compare: 1 with both empty, 0 with one side empty.

    Example:
        >>> decided(0, 0), decided(0, 3), decided(2, 0), decided(2, 3)
        (1.0, 0.0, 0.0, None)
    """
    if gt_count == 0 and pred_count == 0:
        return 1.0
    return 0.0 if gt_count == 0 or pred_count == 0 else None
