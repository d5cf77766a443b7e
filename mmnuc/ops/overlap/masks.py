"""Pixels shared by masks, counted only for the pairs whose boxes meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import F64Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I32, I64, INT, U8, kernel
from mmnuc.ops.crops import Crops


@dataclass(frozen=True)
class Overlaps:
    """The pairs of masks that share pixels, in rising order of rows, then columns.

    Args:
        rows: Mask of the first set, of shape (P,).
        cols: Mask of the second set, of shape (P,).
        intersections: Pixels shared, at least one, of shape (P,).
        row_areas: Pixels of every mask of the first set, of shape (N,).
        col_areas: Pixels of every mask of the second set, of shape (M,).
    """

    rows: I64Array
    cols: I64Array
    intersections: I64Array
    row_areas: I64Array
    col_areas: I64Array

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def iou(self) -> F64Array:
        """Pixels shared by the pixels of both together, of shape (P,)."""
        both = self.row_areas[self.rows] + self.col_areas[self.cols] - self.intersections
        iou: F64Array = self.intersections / both
        return iou

    @property
    def ios(self) -> F64Array:
        """Pixels shared by the pixels of the smaller mask, of shape (P,)."""
        smaller = np.minimum(self.row_areas[self.rows], self.col_areas[self.cols])
        ios: F64Array = self.intersections / smaller
        return ios

    def to_dense(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Lay out one value a pair, such as ``iou``, as a matrix (N, M) with zeros elsewhere."""
        dense = np.zeros((len(self.row_areas), len(self.col_areas)), values.dtype)
        dense[self.rows, self.cols] = values
        return dense


def overlaps(first: Crops, second: Crops | None = None) -> Overlaps:
    """Count the pixels that masks share; every value but zero counts as inside.

    Args:
        first: N masks.
        second: M masks of the same image; without them the masks of ``first`` are compared with
            one another, each pair once, with the row before the column.

    Returns:
        The pairs that share pixels. An empty mask is in none.

    Raises:
        ValueError: The images differ in size.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> first = from_bitmaps(np.array([[[1, 1, 0]], [[0, 0, 1]]], np.uint8))
        >>> second = from_bitmaps(np.array([[[0, 1, 1]]], np.uint8))
        >>> pairs = overlaps(first, second)
        >>> pairs.rows.tolist(), pairs.cols.tolist(), pairs.iou.tolist()
        ([0, 1], [0, 0], [0.3333333333333333, 0.5])
    """
    other = first if second is None else second
    if (first.height, first.width) != (other.height, other.width):
        sizes = f'{first.height} x {first.width} and {other.height} x {other.width}'
        raise ValueError(f'masks of images of different sizes: {sizes}')
    bands = _Bands.of(other.boxes_xyxy)
    arguments = (
        *(first.buffer, first.offsets, first.boxes_xyxy),
        *(other.buffer, other.offsets, other.boxes_xyxy),
        *(bands.height, bands.starts, bands.members, bands.left, bands.widest),
        second is None,
    )
    meeting = _count_pairs(*arguments, False, np.empty((3, 0), np.int64))
    pairs = np.empty((3, meeting), np.int64)
    used = _count_pairs(*arguments, True, pairs)
    rows, cols, shared = pairs[:, :used]
    by_row = np.lexsort((cols, rows))
    areas = pixel_counts(first)
    other_areas = areas if second is None else pixel_counts(second)
    return Overlaps(rows[by_row], cols[by_row], shared[by_row], areas, other_areas)


def pixel_counts(crops: Crops) -> I64Array:
    """Count the pixels of each mask that are not zero, of shape (N,).

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> pixel_counts(from_bitmaps(np.array([[[9, 0, 9]]], np.uint8))).tolist()
        [2]
    """
    before: I64Array = np.concatenate([[0], np.cumsum(crops.buffer != 0)])
    return before[crops.offsets[1:]] - before[crops.offsets[:-1]]


@kernel(INT(U8, INT, I32, U8, INT, I32, INT, INT, INT, INT))
def _shared(
    a: U8Array,
    a_start: int,
    a_box: I32Array,
    b: U8Array,
    b_start: int,
    b_box: I32Array,
    x1: int,
    y1: int,
    x2: int,
    y2: int,
) -> int:
    """Count the pixels that two masks share in a box that lies in the boxes of both."""
    total = 0
    for y in range(y1, y2):
        in_a = a_start + (y - a_box[1]) * (a_box[2] - a_box[0]) - a_box[0]
        in_b = b_start + (y - b_box[1]) * (b_box[2] - b_box[0]) - b_box[0]
        for x in range(x1, x2):
            total += (a[in_a + x] != 0) & (b[in_b + x] != 0)
    return total


@dataclass(frozen=True)
class _Bands:
    """Boxes sorted into horizontal bands, in each by their left ends.

    A box that spans several bands is a member of each. Only members whose left end lies within the
    widest member's width of a box can reach it, so that a few large masks cost little.

    Args:
        height: Height of a band in pixels.
        starts: Where the members of each band start, of shape (bands + 1,).
        members: The boxes of all bands, one band after the other.
        left: Their left ends.
        widest: Width of the widest member of each band, of shape (bands,).
    """

    height: int
    starts: I64Array
    members: I64Array
    left: I64Array
    widest: I64Array

    @classmethod
    def of(cls, boxes_xyxy: I32Array) -> _Bands:
        boxes = boxes_xyxy.astype(np.int64)
        heights = boxes[:, 3] - boxes[:, 1]
        tall = heights[heights > 0]
        height = max(1, 2 * int(np.median(tall))) if len(tall) else 1
        first, last = boxes[:, 1] // height, (boxes[:, 3] - 1) // height
        spans = np.where(heights > 0, last - first + 1, 0)
        members = np.repeat(np.arange(len(boxes)), spans)
        before = np.cumsum(spans) - spans
        band = np.repeat(first - before, spans) + np.arange(len(members))
        order = np.lexsort((boxes[members, 0], band))
        members, band = members[order], band[order]
        count = int(band.max(initial=-1)) + 1
        starts = np.searchsorted(band, np.arange(count + 1))
        widest = np.zeros(count, np.int64)
        np.maximum.at(widest, band, boxes[members, 2] - boxes[members, 0])
        return cls(height, starts, members, boxes[members, 0], widest)


_PAIRS = types.Array(types.int64, 2, 'C')


@kernel(INT(I64, INT, INT, INT))
def _first_at_least(values: I64Array, start: int, stop: int, value: int) -> int:
    """Binary search in a part of a sorted array."""
    while start < stop:
        middle = (start + stop) // 2
        if values[middle] < value:
            start = middle + 1
        else:
            stop = middle
    return start


@kernel(
    INT(
        *(U8, I64, BOXES, U8, I64, BOXES),
        *(INT, I64, I64, I64, I64),
        *(types.boolean, types.boolean, _PAIRS),
    )
)
def _count_pairs(
    a: U8Array,
    a_offsets: I64Array,
    a_boxes: I32Array,
    b: U8Array,
    b_offsets: I64Array,
    b_boxes: I32Array,
    band_height: int,
    band_starts: I64Array,
    members: I64Array,
    left: I64Array,
    widest: I64Array,
    once: bool,
    write: bool,
    pairs: I64Array,
) -> int:
    """Write the pairs that share pixels, or only count those whose boxes meet."""
    found = 0
    for i in range(len(a_boxes)):
        ax1, ay1, ax2, ay2 = a_boxes[i]
        top = ay1 // band_height
        for band in range(top, min((ay2 - 1) // band_height + 1, len(widest))):
            start, stop = band_starts[band], band_starts[band + 1]
            begin = _first_at_least(left, start, stop, ax1 - widest[band])
            for k in range(begin, _first_at_least(left, begin, stop, ax2)):
                j = members[k]
                bx1, by1, bx2, by2 = b_boxes[j]
                x1, y1, x2, y2 = max(ax1, bx1), max(ay1, by1), min(ax2, bx2), min(ay2, by2)
                # Boxes that share several bands meet in the first of them.
                here = band == max(top, by1 // band_height) and not (once and j <= i)
                if not here or x1 >= x2 or y1 >= y2:
                    continue
                if not write:
                    found += 1
                    continue
                sides = a, a_offsets[i], a_boxes[i], b, b_offsets[j], b_boxes[j]
                shared = _shared(*sides, x1, y1, x2, y2)
                if shared:
                    pairs[0, found], pairs[1, found], pairs[2, found] = i, j, shared
                    found += 1
    return found
