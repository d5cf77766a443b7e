"""One pass over the pixels of every mask; everything about its shape is counts after that."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_I64, U8, kernel

# What is counted of each mask: pixels, sums of x, y, x², y² and xy, counted from the corner of its
# box; border pixels by their kind (straight, diagonal, between); pixels of the convex hull.
COUNTS = 10
_OUT_COUNTS = types.Array(types.int64, 2, 'C')
_NONE = 2**62


@kernel(types.boolean(U8, INT, INT, INT, INT, INT))
def _is_border(buffer: U8Array, start: int, h: int, w: int, y: int, x: int) -> bool:
    """Whether a place is a pixel of the mask with one beside, above or below that is not."""
    if not (0 <= y < h and 0 <= x < w) or buffer[start + y * w + x] == 0:
        return False
    if y == 0 or x == 0 or y == h - 1 or x == w - 1:
        return True
    at = start + y * w + x
    beside = buffer[at - 1] == 0 or buffer[at + 1] == 0
    return bool(beside or buffer[at - w] == 0 or buffer[at + w] == 0)


@kernel(INT(U8, INT, INT, INT, INT, INT))
def _border_kind(buffer: U8Array, start: int, h: int, w: int, y: int, x: int) -> int:
    """How the border passes a pixel: 0 not at all or at an end, 1 straight, 2 diagonally, 3 both.

    The kinds are those of K. Benkrid, D. Crookes: Design and FPGA implementation of a perimeter
    estimator, 2000, as scikit-image weighs them.
    """
    if not _is_border(buffer, start, h, w, y, x):
        return 0
    beside = aslant = 0
    for v in range(y - 1, y + 2):
        for u in range(x - 1, x + 2):
            if (v != y or u != x) and _is_border(buffer, start, h, w, v, u):
                if v == y or u == x:
                    beside += 1
                else:
                    aslant += 1
    if beside in (2, 3) and aslant <= 2:
        return 1
    if (beside == 0 and aslant == 2) or (beside == 1 and aslant == 3):
        return 2
    return 3 if beside == 1 and aslant in (1, 2) else 0


@kernel(types.void(OUT_I64, OUT_I64))
def _inner_side(side: I64Array, first: I64Array) -> None:
    """Find the first pixel of each row on or within the convex hull of one side's points.

    Args:
        side: Leftmost doubled x at each half row, from half a row above the first.
        first: Takes the first x of each row, ``_NONE`` above and below the hull.
    """
    hull = np.empty(len(side), np.int64)
    many = 0
    for k in range(len(side)):
        if side[k] == _NONE:
            continue
        while many > 1:
            a, b = hull[many - 2], hull[many - 1]
            if (side[b] - side[a]) * (k - b) < (side[k] - side[b]) * (b - a):
                break
            many -= 1
        hull[many] = k
        many += 1
    first[:] = _NONE
    for j in range(many - 1):
        a, b = hull[j], hull[j + 1]
        for k in range(a | 1, b + 1, 2):
            double = 2 * (b - a)
            # Rounded up: floor division of the negative.
            first[k // 2] = -((-side[a] * (b - a) - (side[b] - side[a]) * (k - a)) // double)


@kernel(INT(U8, INT, INT, INT))
def _hull_pixels(buffer: U8Array, start: int, h: int, w: int) -> int:
    """Count the pixels whose middle lies in the convex hull of the middles of all pixel edges.

    Lengths are doubled, so that all of it is whole numbers: pixel ``y, x`` has its middle at
    ``2 y, 2 x``, and those of its edges are one beside it.
    """
    left = np.full(2 * h + 1, _NONE, np.int64)
    right = np.full(2 * h + 1, _NONE, np.int64)
    for y in range(h):
        for x in range(w):
            if buffer[start + y * w + x]:
                left[2 * y + 1] = min(left[2 * y + 1], 2 * x - 1)
                right[2 * y + 1] = min(right[2 * y + 1], -2 * x - 1)
                for k in (2 * y, 2 * y + 2):
                    left[k] = min(left[k], 2 * x)
                    right[k] = min(right[k], -2 * x)
    first, minus_last = np.zeros(h, np.int64), np.zeros(h, np.int64)
    _inner_side(left, first)
    _inner_side(right, minus_last)
    pixels = 0
    for y in range(h):
        if first[y] != _NONE:
            pixels += -minus_last[y] - first[y] + 1
    return pixels


@kernel(types.void(U8, I64, BOXES, _OUT_COUNTS))
def shape_counts(
    buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, counts: I64Array
) -> None:
    """Count everything of every mask, into an array of zeros of shape (N, COUNTS)."""
    for i in range(len(boxes_xyxy)):
        w = boxes_xyxy[i, 2] - boxes_xyxy[i, 0]
        h = boxes_xyxy[i, 3] - boxes_xyxy[i, 1]
        for y in range(h):
            for x in range(w):
                if buffer[offsets[i] + y * w + x] == 0:
                    continue
                counts[i, 0] += 1
                counts[i, 1] += x
                counts[i, 2] += y
                counts[i, 3] += x * x
                counts[i, 4] += y * y
                counts[i, 5] += x * y
                kind = _border_kind(buffer, offsets[i], h, w, y, x)
                if kind:
                    counts[i, 5 + kind] += 1
        counts[i, 9] = _hull_pixels(buffer, offsets[i], h, w)
