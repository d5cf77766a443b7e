"""The compiled loops of :mod:`mmnuc.ops.codecs.rle`."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_BOXES, OUT_I64, OUT_U8, U8, kernel


@kernel(INT(U8, I64, OUT_I64, OUT_I64))
def read_strings(
    text: U8Array, offsets: I64Array, counts: I64Array, count_offsets: I64Array
) -> int:
    """Read the counts of every string; return the index of the first broken one, or -1."""
    k = 0
    for i in range(len(offsets) - 1):
        first, position, end = k, offsets[i], offsets[i + 1]
        while position < end:
            value, shift, more = 0, 0, True
            while more:
                # Ten groups hold every count of an image; more would overflow.
                if position >= end or shift > 45 or text[position] < 48 or text[position] > 111:
                    return i
                bits = int(text[position]) - 48
                value |= (bits & 31) << shift
                shift += 5
                more = bits & 32 != 0
                if not more and bits & 16:
                    value |= -1 << shift
                position += 1
            counts[k] = value + counts[k - 2] if k - first > 2 else value
            k += 1
        count_offsets[i + 1] = k
    return -1


@kernel(INT(I64, I64, INT, INT, OUT_BOXES))
def boxes_of_counts(
    counts: I64Array, offsets: I64Array, height: int, width: int, boxes_xyxy: I32Array
) -> int:
    """Write the box of every mask; return the index of the first broken one, or -1."""
    for i in range(len(boxes_xyxy)):
        left, top, right, bottom, position = width, height, 0, 0, 0
        for k in range(offsets[i], offsets[i + 1]):
            run = counts[k]
            # Not a sum: it may overflow.
            if run < 0 or run > height * width - position:
                return i
            if (k - offsets[i]) & 1 and run:
                x1, x2 = position // height, (position + run - 1) // height
                y1, y2 = position - x1 * height, position + run - x2 * height
                if x1 != x2:
                    y1, y2 = 0, height
                left, right = min(left, x1), max(right, x2 + 1)
                top, bottom = min(top, y1), max(bottom, y2)
            position += run
        if position != height * width:
            return i
        if right:
            boxes_xyxy[i, 0], boxes_xyxy[i, 1] = left, top
            boxes_xyxy[i, 2], boxes_xyxy[i, 3] = right, bottom
    return -1


@kernel(types.void(I64, I64, INT, BOXES, I64, OUT_U8))
def fill_counts(
    counts: I64Array,
    offsets: I64Array,
    height: int,
    boxes_xyxy: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2 = boxes_xyxy[i, 0], boxes_xyxy[i, 1], boxes_xyxy[i, 2]
        w, position = x2 - x1, 0
        for k in range(offsets[i], offsets[i + 1]):
            if (k - offsets[i]) & 1 and counts[k]:
                x, y = position // height, position % height
                target = out_offsets[i] + (y - y1) * w + x - x1
                for _ in range(counts[k]):
                    out[target] = 1
                    target, y = target + w, y + 1
                    if y == height:
                        x, y = x + 1, 0
                        target = out_offsets[i] - y1 * w + x - x1
            position += counts[k]


@kernel(INT(U8, I64, BOXES, INT, types.boolean, OUT_I64, OUT_I64))
def find_edges(
    buffer: U8Array,
    crop_offsets: I64Array,
    boxes_xyxy: I32Array,
    height: int,
    write: bool,
    offsets: I64Array,
    edges: I64Array,
) -> int:
    """Count the edges of every mask and, if asked to, write them."""
    k = 0
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        end = -1
        for x in range(x1, x2):
            source = crop_offsets[i] + x - x1
            top = np.int64(x) * height
            for position in range(top + y1, top + y2):
                if buffer[source]:
                    if position != end:
                        k += 2
                        if write:
                            edges[k - 2] = position
                    end = position + 1
                    if write:
                        edges[k - 1] = end
                source += x2 - x1
        offsets[i + 1] = k
    return k


@kernel(INT(I64, I64, INT, OUT_I64, OUT_I64))
def write_counts(
    edges: I64Array, edge_offsets: I64Array, pixels: int, counts: I64Array, offsets: I64Array
) -> int:
    k = 0
    for i in range(len(offsets) - 1):
        previous = 0
        for j in range(edge_offsets[i], edge_offsets[i + 1]):
            counts[k] = edges[j] - previous
            previous = edges[j]
            k += 1
        if previous < pixels or k == offsets[i]:
            counts[k] = pixels - previous
            k += 1
        offsets[i + 1] = k
    return k


@kernel(types.void(I64, I64, OUT_U8, OUT_I64))
def write_strings(
    counts: I64Array, count_offsets: I64Array, text: U8Array, offsets: I64Array
) -> None:
    position = 0
    for i in range(len(offsets) - 1):
        first = count_offsets[i]
        for k in range(first, count_offsets[i + 1]):
            value = counts[k] - counts[k - 2] if k - first > 2 else counts[k]
            more = True
            while more:
                bits = value & 31
                value >>= 5
                more = value != -1 if bits & 16 else value != 0
                text[position] = bits + (80 if more else 48)
                position += 1
        offsets[i + 1] = position


@kernel(types.UniTuple(INT, 2)(U8, INT, INT))
def _read_count(text: U8Array, at: int, end: int) -> tuple[int, int]:
    """One number of a compressed string, and where the next one starts: -1 behind broken ones."""
    value, shift, more = 0, 0, True
    while more:
        if at >= end or shift > 45 or text[at] < 48 or text[at] > 111:
            return 0, -1
        bits = int(text[at]) - 48
        value |= (bits & 31) << shift
        shift += 5
        more = bits & 32 != 0
        if not more and bits & 16:
            value |= -1 << shift
        at += 1
    return value, at


@kernel(INT(INT, INT, INT))
def _fault_of_run(at: int, run: int, left: int) -> int:
    if at < 0:
        return 1
    if run < 0:
        return 2
    return 3 if run > left else 0


@kernel(types.UniTuple(INT, 4)(INT, INT, INT))
def _box_of_run(position: int, length: int, height: int) -> tuple[int, int, int, int]:
    x1, x2 = position // height, (position + length - 1) // height
    if x1 != x2:
        return x1, 0, x2 + 1, height
    return x1, position - x1 * height, x2 + 1, position + length - x2 * height


@kernel(INT(U8, I64, I64, I64, OUT_BOXES, OUT_I64, OUT_I64))
def measure_strings(
    text: U8Array,
    offsets: I64Array,
    heights: I64Array,
    widths: I64Array,
    boxes_xyxy: I32Array,
    areas: I64Array,
    faults: I64Array,
) -> int:
    """Write box and area of every compressed mask without decoding a pixel.

    ``faults`` get 0 for a mask that fills its image, 1 for what is no COCO string, 2 for a run of
    less than nothing, 3 for runs beyond the image, 4 for runs that end before it. Returns how many
    are not 0. A mask of no bytes has no runs at all and no fault.
    """
    broken = 0
    for i in range(len(heights)):
        height, pixels = heights[i], heights[i] * widths[i]
        left, top, right, bottom = widths[i], height, 0, 0
        position, k, area, fault = 0, 0, 0, 0
        before, last, current = 0, 0, 0
        at, end = offsets[i], offsets[i + 1]
        while at < end and fault == 0:
            value, at = _read_count(text, at, end)
            # The runs before are no longer than the image: nothing overflows.
            current = value + before if k > 2 else value
            before, last = last, current
            fault = _fault_of_run(at, current, pixels - position)
            if fault == 0 and k & 1 and current:
                x1, y1, x2, y2 = _box_of_run(position, current, height)
                left, top = min(left, x1), min(top, y1)
                right, bottom = max(right, x2), max(bottom, y2)
                area += current
            position += current
            k += 1
        if fault == 0 and position != pixels and offsets[i] < end:
            fault = 4
        if fault == 0 and right:
            boxes_xyxy[i, 0], boxes_xyxy[i, 1] = left, top
            boxes_xyxy[i, 2], boxes_xyxy[i, 3] = right, bottom
        areas[i], faults[i] = area, fault
        broken += fault != 0
    return broken
