"""Distances between the outlines of masks."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import F64Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, FLOAT, I64, INT, U8, kernel, read_only
from mmnuc.ops.crops import Crops

# Two rows, x and y, of 32 bit: the loop over them runs in the processor's vector units.
_OUT_POINTS = types.Array(types.int32, 2, 'C')
_POINTS = read_only(_OUT_POINTS)
_OUT_F64 = types.Array(types.float64, 1, 'C')
_OUT_PAIRS = types.Array(types.float64, 2, 'C')


def surface_distances(
    first: Crops, second: Crops, rows: I64Array, cols: I64Array, percentile: float
) -> F64Array:
    """Measure how far the outlines of pairs of masks are apart.

    The outline of a mask are its pixels with one of the four neighbours outside the mask or outside
    the image.

    Args:
        first: N masks.
        second: M masks of the same image.
        rows: Mask of the first set of each pair, of shape (P,), none of them empty.
        cols: Mask of the second set of each pair, of shape (P,), none of them empty.
        percentile: Which of the distances to report beside the largest, in [0, 100].

    Returns:
        Distances in pixels, of shape (P, 2): the largest distance of an outline pixel to the other
        outline, and the percentile of these distances (linear between two), each the larger one of
        both directions.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> masks = from_bitmaps(np.array([[[1, 1, 0, 0, 0]], [[1, 1, 1, 1, 0]]], np.uint8))
        >>> one, other = np.array([0]), np.array([1])
        >>> surface_distances(masks, masks, one, other, 50).tolist()
        [[2.0, 0.5]]
    """
    out = np.zeros((len(rows), 2))
    _distances(
        *(first.buffer, first.offsets, first.boxes_xyxy),
        *(second.buffer, second.offsets, second.boxes_xyxy),
        *(np.asarray(rows, np.int64), np.asarray(cols, np.int64)),
        *(float(percentile), out),
    )
    return out


@kernel(INT(U8, I64, BOXES, INT, _OUT_POINTS))
def _outline(
    buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, i: int, points: I32Array
) -> int:
    """Write the outline pixels of a mask as x, y; return how many there are."""
    x1, y1, x2, y2 = boxes_xyxy[i]
    h, w = y2 - y1, x2 - x1
    found = 0
    for y in range(h):
        start = offsets[i] + y * w
        for x in range(w):
            if not buffer[start + x]:
                continue
            border = x == 0 or y == 0 or x == w - 1 or y == h - 1
            if not border:
                above, below = buffer[start + x - w], buffer[start + x + w]
                left, right = buffer[start + x - 1], buffer[start + x + 1]
                border = not (above and below and left and right)
            if border:
                points[0, found], points[1, found] = x1 + x, y1 + y
                found += 1
    return found


@kernel(types.void(_POINTS, INT, _POINTS, INT, _OUT_F64))
def _nearest(a: I32Array, a_count: int, b: I32Array, b_count: int, out: F64Array) -> None:
    """Write the squared distance of each point of ``a`` to its nearest one of ``b``."""
    xs, ys = b[0, :b_count], b[1, :b_count]
    for i in range(a_count):
        x, y, best = a[0, i], a[1, i], np.int32(2147483647)
        for j in range(b_count):
            dx, dy = xs[j] - x, ys[j] - y
            best = min(best, np.int32(dx * dx + dy * dy))
        out[i] = best


@kernel(FLOAT(_OUT_F64, INT, FLOAT))
def _percentile(squares: F64Array, count: int, percentile: float) -> float:
    """NumPy's default percentile of the roots of the first values, which get sorted."""
    part = np.sort(squares[:count])
    place = percentile / 100 * (count - 1)
    low = int(place)
    high = min(low + 1, count - 1)
    lower, upper = np.sqrt(part[low]), np.sqrt(part[high])
    return float(lower + (place - low) * (upper - lower))


@kernel(types.void(U8, I64, BOXES, U8, I64, BOXES, I64, I64, FLOAT, _OUT_PAIRS))
def _distances(
    a: U8Array,
    a_offsets: I64Array,
    a_boxes: I32Array,
    b: U8Array,
    b_offsets: I64Array,
    b_boxes: I32Array,
    rows: I64Array,
    cols: I64Array,
    percentile: float,
    out: F64Array,
) -> None:
    room = np.int64(1)
    for pair in range(len(rows)):
        room = max(room, a_offsets[rows[pair] + 1] - a_offsets[rows[pair]])
        room = max(room, b_offsets[cols[pair] + 1] - b_offsets[cols[pair]])
    a_points, b_points = np.empty((2, room), np.int32), np.empty((2, room), np.int32)
    squares = np.empty(room, np.float64)
    for pair in range(len(rows)):
        n = _outline(a, a_offsets, a_boxes, rows[pair], a_points)
        m = _outline(b, b_offsets, b_boxes, cols[pair], b_points)
        _nearest(a_points, n, b_points, m, squares)
        out[pair, 0] = np.sqrt(squares[:n].max())
        out[pair, 1] = _percentile(squares, n, percentile)
        _nearest(b_points, m, a_points, n, squares)
        out[pair, 0] = max(out[pair, 0], np.sqrt(squares[:m].max()))
        out[pair, 1] = max(out[pair, 1], _percentile(squares, m, percentile))
