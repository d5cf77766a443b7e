"""Areas shared by boxes, only for the pairs that meet."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.compiled import I64, INT, OUT_I64, kernel, read_only

_OUT_F64 = types.Array(types.float64, 1, 'C')
_OUT_BOXES = types.Array(types.float64, 2, 'C')
_BOXES = read_only(_OUT_BOXES)


def box_overlaps(
    first_xywh: NDArray[np.floating], second_xywh: NDArray[np.floating]
) -> tuple[I64Array, I64Array, F64Array]:
    """Measure the area that boxes share, as pycocotools does.

    Args:
        first_xywh: Left, top, width and height of N boxes, of shape (N, 4).
        second_xywh: Likewise of M boxes, of shape (M, 4).

    Returns:
        The first and the second box of each pair that shares an area, and that area, each of shape
        (P,), in rising order of the second box, then the first.

    Example:
        >>> boxes = np.array([[0.0, 0, 4, 4], [3, 3, 2, 2], [8, 8, 1, 1]])
        >>> [values.tolist() for values in box_overlaps(boxes[:1], boxes)]
        [[0, 0], [0, 1], [16.0, 1.0]]
    """
    first = np.ascontiguousarray(first_xywh, np.float64)
    second = np.ascontiguousarray(second_xywh, np.float64)
    order = np.argsort(first[:, 0], kind='stable')
    left = first[order, 0]
    widest = first[:, 2].max(initial=0)
    # Only the boxes that start in this range can reach the box.
    starts = np.searchsorted(left, second[:, 0] - widest)
    stops = np.searchsorted(left, second[:, 0] + second[:, 2])
    most = int((stops - starts).sum())
    rows, cols, shared = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    found = _meet(first, second, order, starts, stops, rows, cols, shared)
    by_col = np.lexsort((rows[:found], cols[:found]))
    return rows[by_col], cols[by_col], shared[by_col]


@kernel(INT(_BOXES, _BOXES, I64, I64, I64, OUT_I64, OUT_I64, _OUT_F64))
def _meet(
    first: F64Array,
    second: F64Array,
    order: I64Array,
    starts: I64Array,
    stops: I64Array,
    rows: I64Array,
    cols: I64Array,
    shared: F64Array,
) -> int:
    found = 0
    for j in range(len(second)):
        x, y, w, h = second[j]
        for k in range(starts[j], stops[j]):
            i = order[k]
            a, b, c, d = first[i]
            width = min(w + x, c + a) - max(x, a)
            height = min(h + y, d + b) - max(y, b)
            if width > 0 and height > 0:
                rows[found], cols[found], shared[found] = i, j, width * height
                found += 1
    return found
