"""The compiled loops of :mod:`mmnuc.ops.crops`."""

from __future__ import annotations

from numba import types

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_BOXES, OUT_I64, OUT_U8, U8, kernel, read_only

_DENSE = read_only(types.Array(types.uint8, 3, 'C'))
_OUT_DENSE = types.Array(types.uint8, 3, 'C')


@kernel(types.void(U8, I64, OUT_I64))
def sums(buffer: U8Array, offsets: I64Array, sums: I64Array) -> None:
    for i in range(len(sums)):
        total = 0
        for j in range(offsets[i], offsets[i + 1]):
            total += buffer[j]
        sums[i] = total


@kernel(types.boolean(U8, I64, BOXES, OUT_BOXES))
def tight_boxes(buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, shrunk: I32Array) -> bool:
    """Write the box of the values that are not zero; say whether any box changed."""
    changed = False
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        w, position = x2 - x1, offsets[i]
        left, top, right, bottom = w, y2 - y1, 0, 0
        for y in range(y2 - y1):
            for x in range(w):
                if buffer[position + x]:
                    left, right = min(left, x), max(right, x + 1)
                    top, bottom = min(top, y), y + 1
            position += w
        if right == 0:
            shrunk[i] = 0
        else:
            shrunk[i, 0], shrunk[i, 1] = x1 + left, y1 + top
            shrunk[i, 2], shrunk[i, 3] = x1 + right, y1 + bottom
        changed |= (shrunk[i] != boxes_xyxy[i]).any()
    return changed


@kernel(types.void(U8, I64, BOXES, BOXES, I64, OUT_U8))
def copy_windows(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    out_boxes: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        out_x1, out_y1, out_x2, out_y2 = out_boxes[i]
        left, right = max(x1, out_x1), min(x2, out_x2)
        for y in range(max(y1, out_y1), min(y2, out_y2)):
            source = offsets[i] + (y - y1) * (x2 - x1) - x1
            target = out_offsets[i] + (y - out_y1) * (out_x2 - out_x1) - out_x1
            for x in range(left, right):
                out[target + x] = buffer[source + x]


@kernel(types.void(U8, I64, I64, OUT_U8))
def gather(buffer: U8Array, starts: I64Array, offsets: I64Array, pieces: U8Array) -> None:
    for i in range(len(starts)):
        source = starts[i] - offsets[i]
        for j in range(offsets[i], offsets[i + 1]):
            pieces[j] = buffer[source + j]


@kernel(types.void(_DENSE, OUT_BOXES))
def dense_boxes(dense: U8Array, boxes_xyxy: I32Array) -> None:
    n, height, width = dense.shape
    for i in range(n):
        left, top, right, bottom = width, height, 0, 0
        for y in range(height):
            for x in range(width):
                if dense[i, y, x]:
                    left, right = min(left, x), max(right, x + 1)
                    top, bottom = min(top, y), y + 1
        if right:
            boxes_xyxy[i, 0], boxes_xyxy[i, 1] = left, top
            boxes_xyxy[i, 2], boxes_xyxy[i, 3] = right, bottom


@kernel(types.void(_DENSE, BOXES, I64, OUT_U8))
def cut_dense(dense: U8Array, boxes_xyxy: I32Array, offsets: I64Array, out: U8Array) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        position = offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                out[position] = dense[i, y, x]
                position += 1


@kernel(types.void(U8, I64, BOXES, _OUT_DENSE))
def paste_dense(buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, dense: U8Array) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        position = offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                dense[i, y, x] = buffer[position]
                position += 1
