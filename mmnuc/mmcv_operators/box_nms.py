"""Suppression of boxes that compares only those that lie in the same part of the image."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import F32Array, I64Array
from mmnuc.ops.compiled import FLOAT, I64, INT, OUT_I64, kernel, read_only

_CORNERS = read_only(types.Array(types.float32, 2, 'C'))
_CELLS = types.Array(types.int64, 2, 'C')
_CELLS_IN = read_only(_CELLS)

# A box lies in at most this many cells, squared, and there are about as many cells as boxes.
_MOST_CELLS_A_SIDE = 32


def box_nms(boxes_xyxy: F32Array, scores: F32Array, iou_threshold: float) -> I64Array:
    """Keep the boxes that overlap no better kept one by more than the threshold.

    Does the arithmetic of torchvision's operator for the CPU, which compares each kept box with
    all that are left, on those pairs alone that can meet.

    Args:
        boxes_xyxy: Left, top, right and bottom of N boxes, of shape (N, 4), all finite.
        scores: Of shape (N,). Of equals the earlier one is the better.
        iou_threshold: Overlap above which the lesser box is dropped, not negative.

    Returns:
        Indices of the kept boxes, best first.

    Example:
        >>> boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 5], [4, 0, 8, 4]], np.float32)
        >>> box_nms(boxes, np.array([0.5, 0.9, 0.1], np.float32), 0.5).tolist()
        [1, 2]
    """
    order = np.argsort(-scores, kind='stable')
    boxes = np.ascontiguousarray(boxes_xyxy[order], np.float32)
    if not len(boxes):
        return order
    cells, columns, rows = _cells(boxes)
    sizes = (cells[:, 2:] - cells[:, :2] + 1).clip(0).prod(axis=1)
    first = np.full(columns * rows, -1, np.int64)
    entries = np.empty(int(sizes.sum()), np.int64)
    kept = np.empty(len(boxes), np.int64)
    lists = (first, entries, np.empty_like(entries))
    count = _suppress(boxes, cells, columns, iou_threshold, *lists, kept)
    return order[kept[:count]]


def _cells(boxes: F32Array) -> tuple[I64Array, int, int]:
    """Lay a grid over the boxes: first and last column and row of each, and the grid's extent."""
    corners = boxes.astype(np.float64)
    origin = corners.reshape(-1, 2).min(axis=0)
    sides = (corners[:, 2:] - corners[:, :2]).clip(0)
    extent = corners.reshape(-1, 2).max(axis=0) - origin
    side = max(
        float(sides.mean()),
        float(sides.max()) / _MOST_CELLS_A_SIDE,
        float(np.sqrt(extent.prod() / len(boxes))),
        float(extent.max()) / (len(boxes) + 1),
        np.finfo(np.float32).tiny,
    )
    cells = np.floor((corners.reshape(-1, 2, 2) - origin) / side).astype(np.int64).reshape(-1, 4)
    columns, rows = cells[:, 2:].max(axis=0).clip(0) + 1
    return cells, int(columns), int(rows)


@kernel(types.boolean(_CORNERS, INT, INT, FLOAT))
def _overlap(boxes: F32Array, i: int, j: int, threshold: float) -> bool:
    left, top, right, bottom = boxes[i]
    a, b, c, d = boxes[j]
    zero = np.float32(0)
    width = max(zero, min(right, c) - max(left, a))
    height = max(zero, min(bottom, d) - max(top, b))
    shared = width * height
    both = (c - a) * (d - b) + (right - left) * (bottom - top) - shared
    return bool(shared / both > threshold)


# Each cell has a linked list of the kept boxes in it: first[cell] says where it starts, entries[k]
# is a box, and following[k] is where it goes on; -1 ends it.
@kernel(types.boolean(_CORNERS, _CELLS_IN, INT, INT, FLOAT, I64, I64, I64))
def _is_free(
    boxes: F32Array,
    cells: I64Array,
    columns: int,
    i: int,
    threshold: float,
    first: I64Array,
    entries: I64Array,
    following: I64Array,
) -> bool:
    for row in range(cells[i, 1], cells[i, 3] + 1):
        for column in range(cells[i, 0], cells[i, 2] + 1):
            k = first[row * columns + column]
            while k >= 0:
                if _overlap(boxes, i, entries[k], threshold):
                    return False
                k = following[k]
    return True


@kernel(INT(_CORNERS, _CELLS_IN, INT, FLOAT, OUT_I64, OUT_I64, OUT_I64, OUT_I64))
def _suppress(
    boxes: F32Array,
    cells: I64Array,
    columns: int,
    threshold: float,
    first: I64Array,
    entries: I64Array,
    following: I64Array,
    kept: I64Array,
) -> int:
    count, used = 0, 0
    for i in range(len(boxes)):
        if not _is_free(boxes, cells, columns, i, threshold, first, entries, following):
            continue
        kept[count] = i
        count += 1
        for row in range(cells[i, 1], cells[i, 3] + 1):
            for column in range(cells[i, 0], cells[i, 2] + 1):
                entries[used] = i
                following[used] = first[row * columns + column]
                first[row * columns + column] = used
                used += 1
    return count
