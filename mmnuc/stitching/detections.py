"""What was found in a tile or an image: masks with scores and classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops import crops as crop_ops
from mmnuc.ops.arrays import F32Array, I64Array
from mmnuc.ops.crops import Crops
from mmnuc.ops.crops.geometry import shift
from mmnuc.ops.overlap.masks import pixel_counts
from mmnuc.stitching import kernels as stitch_kernels


@dataclass(frozen=True)
class Found:
    """N masks with their scores and classes.

    Args:
        crops: N masks.
        scores: How sure the finder is of each, of shape (N,).
        labels: Class of each, of shape (N,).
    """

    crops: Crops
    scores: F32Array
    labels: I64Array

    def __len__(self) -> int:
        return len(self.crops)

    def take(self, index: NDArray[np.generic]) -> Found:
        """Select by numbers or booleans."""
        return Found(crop_ops.take(self.crops, index), self.scores[index], self.labels[index])

    def place(self, x: int, y: int, height: int, width: int) -> Found:
        """Move into a larger image, with the first pixel at column ``x`` and row ``y``."""
        return Found(shift(self.crops, x, y, height, width), self.scores, self.labels)


def nothing(height: int, width: int) -> Found:
    """Return what is found in an empty image of this size."""
    none = crop_ops.empty(height, width)
    return Found(none, np.zeros(0, np.float32), np.zeros(0, np.int64))


def concatenate(parts: Sequence[Found]) -> Found:
    """Put what was found in one image together.

    Example:
        >>> len(concatenate([nothing(4, 5), nothing(4, 5)]))
        0
    """
    crops = crop_ops.concatenate([part.crops for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    return Found(crops, scores, np.concatenate([part.labels for part in parts]))


def unite(found: Found, groups: I64Array) -> Found:
    """Make one mask of all masks of a group.

    Args:
        found: N masks of one image.
        groups: Group of each mask, of shape (N,): any numbers.

    Returns:
        A mask of 0 and 1 for each group, in rising order of the groups' numbers, with the mean of
        the scores, weighted by area, and the class of the largest mask.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0, 0]], [[0, 1, 1]]], np.uint8))
        >>> halves = Found(crops, np.array([0.125, 0.875], np.float32), np.array([5, 6]))
        >>> one = unite(halves, np.array([2, 2]))
        >>> one.crops.boxes_xyxy.tolist(), one.scores.tolist(), one.labels.tolist()
        ([[0, 0, 3, 1]], [0.625], [6])
    """
    numbers, group = np.unique(groups, return_inverse=True)
    source = found.crops
    boxes = np.empty((len(numbers), 4), np.int32)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int32).max, 0
    np.minimum.at(boxes[:, :2], group, source.boxes_xyxy[:, :2])
    np.maximum.at(boxes[:, 2:], group, source.boxes_xyxy[:, 2:])
    offsets = crop_ops.offsets_of(boxes)
    buffer = np.zeros(offsets[-1], np.uint8)
    stitch_kernels.unite(
        *(source.buffer, source.offsets, source.boxes_xyxy), group, offsets, boxes, buffer
    )
    areas = pixel_counts(source)
    largest = np.empty(len(numbers), np.int64)
    # The last one written stays: the largest, and of equals the earlier one.
    order = np.lexsort((-np.arange(len(areas)), areas))
    largest[group[order]] = order
    totals = np.bincount(group, areas, len(numbers))
    scores = np.bincount(group, areas * found.scores, len(numbers)) / np.maximum(totals, 1)
    crops = Crops(buffer, offsets, boxes, source.height, source.width)
    return Found(crops, scores.astype(np.float32), found.labels[largest])
