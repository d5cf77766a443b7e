"""Filling polygons as pycocotools fills them, straight into crops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import types
from numpy.typing import ArrayLike, NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.codecs.rle import counts_to_crops, edges_to_counts
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_I64, OUT_U8, U8, kernel, read_only
from mmnuc.ops.crops import Crops, offsets_of

# pycocotools draws outlines on a grid five times as fine as the pixels.
_FINER = 5

_F64 = read_only(types.Array(types.float64, 1, 'C'))


def polygons_to_crops(polygons: Sequence[Sequence[ArrayLike]], height: int, width: int) -> Crops:
    """Fill the polygons of every mask; parts of one mask are united.

    Args:
        polygons: For each mask its parts, each ``x1, y1, x2, y2, ...`` with at least three
            corners, in pixels.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        One mask of zeros and ones for each, pixel for pixel that of pycocotools.

    Raises:
        ValueError: A part has fewer than three corners or an odd number of coordinates.

    Example:
        >>> crops = polygons_to_crops([[[0, 0, 2, 0, 2, 2, 0, 2]], []], 4, 4)
        >>> crops.boxes_xyxy.tolist()
        [[0, 0, 2, 2], [0, 0, 0, 0]]
    """
    parts = [np.asarray(part, np.float64).reshape(-1) for mask in polygons for part in mask]
    owners = np.repeat(np.arange(len(polygons)), [len(mask) for mask in polygons])
    for part, owner in zip(parts, owners, strict=True):
        if len(part) % 2 or len(part) < 6:
            raise ValueError(f'polygon of mask {owner} has {len(part)} coordinates')
    ends = np.cumsum([0, *(len(part) for part in parts)])
    corners = np.concatenate([np.zeros(0), *parts])
    filled = counts_to_crops(*_outlines_to_counts(corners, ends, height, width), height, width)
    return unite(filled, owners.astype(np.int64), len(polygons))


def unite(parts: Crops, owners: I64Array, n: int) -> Crops:
    """Join the parts of each mask.

    Args:
        parts: K masks, all parts of something.
        owners: The mask that each part belongs to, of shape (K,), never falling.
        n: How many masks there are.

    Returns:
        N masks of zeros and ones, those without parts empty.

    Example:
        >>> parts = polygons_to_crops([[[0, 0, 1, 0, 1, 1]], [[2, 2, 4, 2, 4, 4]]], 4, 4)
        >>> len(unite(parts, np.array([1, 1]), 2))
        2
    """
    if len(parts) == n and np.array_equal(owners, np.arange(n)):
        return parts
    ends = np.full((n, 4), np.array([parts.width, parts.height, 0, 0]), np.int32)
    real = parts.offsets[1:] > parts.offsets[:-1]
    for side, function in enumerate((np.minimum, np.minimum, np.maximum, np.maximum)):
        function.at(ends[:, side], owners[real], parts.boxes_xyxy[real, side])
    ends[ends[:, 2] == 0] = 0
    offsets = offsets_of(ends)
    buffer = np.zeros(offsets[-1], np.uint8)
    _unite(parts.buffer, parts.offsets, parts.boxes_xyxy, owners, ends, offsets, buffer)
    return Crops(buffer, offsets, ends, parts.height, parts.width)


def _outlines_to_counts(
    corners: NDArray[np.float64], ends: I64Array, height: int, width: int
) -> tuple[I64Array, I64Array]:
    # The casts round half up, and towards zero below it, as pycocotools' do.
    fine = (_FINER * corners + 0.5).astype(np.int64)
    crossings = np.empty(0, np.int64)
    crossings = np.empty(_cross_columns(fine, ends, height, width, crossings), np.int64)
    _cross_columns(fine, ends, height, width, crossings)
    # Two crossings at one place cancel out; the place after the last pixel is no edge.
    places, times = np.unique(crossings, return_counts=True)
    owners, edges = np.divmod(places[times % 2 == 1], height * width + 1)
    inside = edges < height * width
    offsets = np.searchsorted(owners[inside], np.arange(len(ends)))
    return edges_to_counts(edges[inside], offsets, height * width)


@kernel(INT(I64, I64, INT, INT, OUT_I64))
def _cross_columns(
    fine: I64Array, ends: I64Array, height: int, width: int, places: I64Array
) -> int:
    """Write the pixels, counted down the columns, above which the outlines cross a column.

    Outline ``i`` counts from ``i * (height * width + 1)``. Returns how many there are; nothing is
    written when there is no room.
    """
    found = 0
    for i in range(len(ends) - 1):
        last = ends[i + 1] - 2
        u_before, v_before = fine[ends[i]], fine[ends[i] + 1]
        for j in range(ends[i], ends[i + 1], 2):
            k = j + 2 if j < last else ends[i]
            xs, ys, xe, ye = fine[j], fine[j + 1], fine[k], fine[k + 1]
            flat = abs(xe - xs) >= abs(ye - ys)
            flip = xs > xe if flat else ys > ye
            if flip:
                xs, ys, xe, ye = xe, ye, xs, ys
            length = xe - xs if flat else ye - ys
            slope = (ye - ys if flat else xe - xs) / max(length, 1)
            for d in range(length + 1):
                t = length - d if flip else d
                u = t + xs if flat else int(xs + slope * t + 0.5)
                v = int(ys + slope * t + 0.5) if flat else t + ys
                # The middle of pixel c lies between the fine columns 5 c + 2 and 5 c + 3.
                column = min(u, u_before)
                if u != u_before and column % 5 == 2 and 0 <= column < 5 * width:
                    row = min(max((min(v, v_before) + 0.5) / 5.0 - 0.5, 0.0), float(height))
                    if len(places):
                        place = column // 5 * height + int(np.ceil(row))
                        places[found] = i * (height * width + 1) + place
                    found += 1
                u_before, v_before = u, v
    return found


@kernel(types.void(U8, I64, BOXES, I64, BOXES, I64, OUT_U8))
def _unite(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    owners: I64Array,
    out_boxes: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for k in range(len(owners)):
        i = owners[k]
        x1, y1, x2, y2 = boxes_xyxy[k]
        left, top, w = out_boxes[i, 0], out_boxes[i, 1], out_boxes[i, 2] - out_boxes[i, 0]
        source = offsets[k]
        for y in range(y1, y2):
            target = out_offsets[i] + (y - top) * w - left
            for x in range(x1, x2):
                if buffer[source]:
                    out[target + x] = 1
                source += 1
