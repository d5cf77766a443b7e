"""Taking masks to an image of another scale, by how much of each new pixel they cover."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import types

from mmnuc.ops.arrays import F64Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, FLOAT, I64, INT, OUT_U8, U8, kernel, read_only
from mmnuc.ops.crops.crops import Crops, offsets_of, tight

_HALF = 0.5 - 1e-9
_WEIGHTS = read_only(types.Array(types.float64, 2, 'C'))


@dataclass(frozen=True)
class _Axis:
    """What each new pixel of an axis is made of: old pixels from ``first`` on, by their weights."""

    first: I64Array
    weights: F64Array


def rescale(crops: Crops, height: int, width: int) -> Crops:
    """Take masks to an image of another size, as smooth as it allows.

    Where the image shrinks, a pixel is inside that is covered at least by half. Where it grows,
    masks are interpolated between the middles of pixels and cut off at a half. It costs what the
    nuclei cost. A mask that would vanish keeps the one pixel that it covers most.

    Args:
        crops: N masks; values other than 0 are inside.
        height: Height of the new image.
        width: Width of the new image.

    Returns:
        N masks of 0 and 1. Those without pixels stay without.

    Raises:
        ValueError: The new size is not positive.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[0, 1, 1, 1, 0, 0]], [[0, 0, 0, 0, 0, 1]]], np.uint8))
        >>> rescale(crops, 1, 2).boxes_xyxy.tolist()
        [[0, 0, 1, 1], [1, 0, 2, 1]]
    """
    if height < 1 or width < 1:
        raise ValueError(f'masks cannot be scaled to {height} x {width} pixels')
    if not len(crops) or not len(crops.buffer):
        return replace(crops, height=height, width=width)
    columns, rows = _axis(crops.width, width), _axis(crops.height, height)
    old = crops.boxes_xyxy
    boxes = np.zeros_like(old)
    boxes[:, 0], boxes[:, 2] = _reached(columns, old[:, 0], old[:, 2])
    boxes[:, 1], boxes[:, 3] = _reached(rows, old[:, 1], old[:, 3])
    boxes[crops.offsets[1:] == crops.offsets[:-1]] = 0
    offsets = offsets_of(boxes)
    buffer = np.zeros(offsets[-1], np.uint8)
    _cover(
        crops.buffer,
        crops.offsets,
        old,
        columns.first,
        columns.weights,
        rows.first,
        rows.weights,
        boxes,
        offsets,
        buffer,
    )
    return tight(buffer, boxes, height, width)


def _axis(old: int, new: int) -> _Axis:
    """Weigh old pixels: by the length that they share with the new one, or between two middles."""
    step = old / new
    at = np.arange(new)
    if step > 1:
        low, high = at * step, np.minimum((at + 1) * step, old)
        # Rounding must not reach for a pixel by a billionth of its length.
        first = np.floor(low + 1e-9).astype(np.int64).clip(0, old - 1)
        taken = first[:, None] + np.arange(int(np.ceil(step)) + 1)
        shared = np.minimum(high[:, None], taken + 1) - np.maximum(low[:, None], taken)
        weights = (shared / step).clip(0)
        weights[taken >= old] = 0
    else:
        middle = ((at + 0.5) * step - 0.5).clip(0, old - 1)
        first = np.floor(middle).astype(np.int64)
        right = middle - first
        weights = np.stack([1 - right, right], axis=1)
    weights[weights < 1e-9] = 0
    return _Axis(first, np.ascontiguousarray(weights))


def _reached(axis: _Axis, start: I32Array, stop: I32Array) -> tuple[I64Array, I64Array]:
    """New pixels that are made of old ones from ``start`` to ``stop``, as starts and stops."""
    used = axis.weights > 0
    many = axis.weights.shape[1]
    low = axis.first + used.argmax(axis=1)
    high = axis.first + many - used[:, ::-1].argmax(axis=1)
    return np.searchsorted(high, start, 'right'), np.searchsorted(low, stop, 'left')


@kernel(FLOAT(U8, INT, INT, INT, INT, INT, INT, _WEIGHTS, INT, INT, _WEIGHTS, INT))
def _covered(
    buffer: U8Array,
    start: int,
    h: int,
    w: int,
    y: int,
    x: int,
    first_row: int,
    row_weights: F64Array,
    row: int,
    first_column: int,
    column_weights: F64Array,
    column: int,
) -> float:
    """How much of a new pixel is covered by a mask whose crop has its corner at ``y, x``."""
    covered = 0.0
    for v in range(row_weights.shape[1]):
        at_y = first_row + v - y
        if not 0 <= at_y < h or row_weights[row, v] == 0:
            continue
        along = 0.0
        for u in range(column_weights.shape[1]):
            at_x = first_column + u - x
            if 0 <= at_x < w and buffer[start + at_y * w + at_x] != 0:
                along += column_weights[column, u]
        covered += row_weights[row, v] * along
    return covered


@kernel(types.void(U8, I64, BOXES, I64, _WEIGHTS, I64, _WEIGHTS, BOXES, I64, OUT_U8))
def _cover(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    columns: I64Array,
    column_weights: F64Array,
    rows: I64Array,
    row_weights: F64Array,
    out_boxes: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1 = boxes_xyxy[i, 0], boxes_xyxy[i, 1]
        w, h = boxes_xyxy[i, 2] - x1, boxes_xyxy[i, 3] - y1
        position, best, most = out_offsets[i], -1, 0.0
        for y in range(out_boxes[i, 1], out_boxes[i, 3]):
            for x in range(out_boxes[i, 0], out_boxes[i, 2]):
                covered = _covered(
                    buffer,
                    offsets[i],
                    h,
                    w,
                    y1,
                    x1,
                    rows[y],
                    row_weights,
                    y,
                    columns[x],
                    column_weights,
                    x,
                )
                out[position] = covered >= _HALF
                if covered > most:
                    best, most = position, covered
                position += 1
        if best >= 0:
            # Of what is small, the pixel that it covers most; elsewhere it is inside anyway.
            out[best] = 1
