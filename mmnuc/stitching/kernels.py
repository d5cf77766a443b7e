"""The compiled loops of :mod:`mmnuc.stitching.stitcher` and :mod:`mmnuc.stitching.seams`."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import BoolArray, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_I64, OUT_U8, U8, kernel

_OUT_FLAGS = types.Array(types.boolean, 1, 'C')
_OUT_F64 = types.Array(types.float64, 1, 'C')


@kernel(types.void(U8, I64, BOXES, I64, BOXES, OUT_I64))
def pixels_inside(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    index: I64Array,
    regions_xyxy: I32Array,
    counts: I64Array,
) -> None:
    """Count the pixels that mask ``index[k]`` has in region ``k``."""
    for k in range(len(index)):
        i = index[k]
        x1, y1, x2, y2 = boxes_xyxy[i]
        left, right = max(x1, regions_xyxy[k, 0]), min(x2, regions_xyxy[k, 2])
        total = 0
        for y in range(max(y1, regions_xyxy[k, 1]), min(y2, regions_xyxy[k, 3])):
            start = offsets[i] + (y - y1) * (x2 - x1) - x1
            for x in range(left, right):
                total += buffer[start + x] != 0
        counts[k] = total


@kernel(types.void(U8, I64, BOXES, I64, I64, BOXES, OUT_U8))
def merge_masks(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    groups: I64Array,
    out_offsets: I64Array,
    out_boxes: I32Array,
    out: U8Array,
) -> None:
    """Write each mask into the crop of its group."""
    for i in range(len(groups)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        group = groups[i]
        out_x1, out_y1, out_x2, _ = out_boxes[group]
        position = offsets[i]
        for y in range(y1, y2):
            target = out_offsets[group] + (y - out_y1) * (out_x2 - out_x1) - out_x1
            for x in range(x1, x2):
                if buffer[position]:
                    out[target + x] = 1
                position += 1


@kernel(types.void(I64, I64, _OUT_FLAGS))
def drop_losers(winners: I64Array, losers: I64Array, alive: BoolArray) -> None:
    """Drop each loser whose winner is still there; pairs come the strongest winner first."""
    for k in range(len(winners)):
        if alive[winners[k]]:
            alive[losers[k]] = False


@kernel(types.boolean(U8, INT, INT, INT))
def _any(buffer: U8Array, start: int, step: int, count: int) -> bool:
    """Whether one of ``count`` pixels, from ``start`` on, is set."""
    found = False
    for k in range(count):
        found |= buffer[start + k * step] != 0
    return found


@kernel(INT(U8, INT, INT, INT, INT, INT))
def _widest(buffer: U8Array, start: int, across: int, lines: int, along: int, length: int) -> int:
    """Most pixels that one of ``lines`` lines has; each is ``length`` long."""
    most = 0
    for k in range(lines):
        total = 0
        for j in range(length):
            total += buffer[start + k * across + j * along] != 0
        most = max(most, total)
    return most


@kernel(types.void(U8, I64, BOXES, I64, I64, I64, INT, INT, _OUT_F64))
def contacts(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    before: I64Array,
    after: I64Array,
    seams: I64Array,
    axis: int,
    reach: int,
    out: NDArray[np.float64],
) -> None:
    """Measure each pair's contact over a seam, see :func:`mmnuc.stitching.seams.contacts`.

    ``axis`` 0 is for seams between columns of pixels, 1 between rows. Along the seam a coordinate
    is called u, across it v.
    """
    for k in range(len(before)):
        a, b = before[k], after[k]
        a_u, b_u = boxes_xyxy[a, 1 - axis], boxes_xyxy[b, 1 - axis]
        a_length = boxes_xyxy[a, 3 - axis] - a_u
        b_length = boxes_xyxy[b, 3 - axis] - b_u
        a_deep = boxes_xyxy[a, 2 + axis] - boxes_xyxy[a, axis]
        b_deep = boxes_xyxy[b, 2 + axis] - boxes_xyxy[b, axis]
        a_along, a_across = (a_deep, 1) if axis == 0 else (1, a_length)
        b_along, b_across = (b_deep, 1) if axis == 0 else (1, b_length)
        # The line of each mask that is nearest to the seam, and how many of them count as contact.
        a_start = offsets[a] + (a_deep - 1) * a_across
        a_lines = min(a_deep, reach + 1 - (seams[k] - boxes_xyxy[a, 2 + axis]))
        b_lines = min(b_deep, reach + 1 - (boxes_xyxy[b, axis] - seams[k]))
        contact = 0
        for u in range(max(a_u, b_u), min(a_u + a_length, b_u + b_length)):
            in_a = _any(buffer, a_start + (u - a_u) * a_along, -a_across, a_lines)
            in_b = _any(buffer, offsets[b] + (u - b_u) * b_along, b_across, b_lines)
            contact += in_a and in_b
        deep = max(2, contact)
        a_most = _widest(buffer, a_start, -a_across, min(a_deep, deep), a_along, a_length)
        b_most = _widest(buffer, offsets[b], b_across, min(b_deep, deep), b_along, b_length)
        out[k] = min(1.0, contact / max(1, min(a_most, b_most)))
