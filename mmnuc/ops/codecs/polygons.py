"""Filling polygons as pycocotools fills them, straight into crops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import types
from numpy.typing import ArrayLike

from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.codecs.rle import counts_to_crops, edges_to_counts
from mmnuc.ops.compiled import FLOAT, I64, INT, OUT_I64, kernel
from mmnuc.ops.crops import Crops

# Steep edges of more steps than this are followed from column to column.
_LONG = 2048

# pycocotools draws outlines on a grid five times as fine as the pixels.
_FINER = 5


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
    runs = outlines_to_counts(corners, ends, owners.astype(np.int64), len(polygons), height, width)
    return counts_to_crops(*runs, height, width)


def outlines_to_counts(
    corners: F64Array, ends: I64Array, owners: I64Array, n: int, height: int, width: int
) -> tuple[I64Array, I64Array]:
    """Fill outlines straight into run lengths: memory grows with the outlines, not the image.

    Args:
        corners: ``x1, y1, x2, y2, ...`` of all K outlines, finite.
        ends: Where the numbers of each outline start, of shape (K + 1,).
        owners: The mask that each outline is a part of, of shape (K,), never falling.
        n: How many masks there are.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The counts of all masks, and where those of each mask start, of shape (N + 1,).

    Example:
        >>> corners, ends = np.array([0.0, 0, 2, 0, 2, 2, 0, 2]), np.array([0, 8])
        >>> outlines_to_counts(corners, ends, np.array([0]), 1, 4, 4)[0].tolist()
        [0, 2, 2, 2, 10]
    """
    # The casts round half up, and towards zero below it, as pycocotools' do.
    fine = (_FINER * corners + 0.5).astype(np.int64)
    crossings = np.empty(0, np.int64)
    crossings = np.empty(_cross_columns(fine, ends, height, width, crossings), np.int64)
    _cross_columns(fine, ends, height, width, crossings)
    # Two crossings at one place cancel out; the place after the last pixel is no edge.
    places, times = np.unique(crossings, return_counts=True)
    places, pixels = places[times % 2 == 1], height * width
    if len(owners) != n or not np.array_equal(owners, np.arange(n)):
        places = _unite(places, owners, pixels + 1)
    masks, edges = np.divmod(places, pixels + 1)
    inside = edges < pixels
    offsets = np.searchsorted(masks[inside], np.arange(n + 1))
    return edges_to_counts(edges[inside], offsets, pixels)


def _unite(places: I64Array, owners: I64Array, span: int) -> I64Array:
    """Join the parts of each mask: edges of outlines become edges of masks.

    Outline ``i`` counts from ``i * span``, and has an even number of edges: a run starts at the
    first, ends at the second, and so on.
    """
    parts, edges = np.divmod(places, span)
    steps = np.where(np.arange(len(places)) % 2 == 0, 1, -1)
    united, inverse = np.unique(owners[parts] * span + edges, return_inverse=True)
    changes = np.zeros(len(united), np.int64)
    np.add.at(changes, inverse, steps)
    covered = np.cumsum(changes) > 0
    return united[covered != np.concatenate([[False], covered[:-1]])]


@kernel(types.UniTuple(INT, 2)(types.boolean, INT, FLOAT, INT, INT))
def _steps_inside(flat: bool, xs: int, slope: float, length: int, right: int) -> tuple[int, int]:
    """First and last step of an edge whose fine column lies in -1 ... ``right``.

    What lies farther outside crosses no column of the image, however far the edge goes on there.
    """
    if flat:
        return max(0, -1 - xs), min(length, right - xs)
    start, stop = 0, length + 1
    for side in range(2):
        low, high = 0, length + 1
        while low < high:
            t = (low + high) // 2
            u = int(xs + slope * t + 0.5)
            outside = (
                (u < -1 if side == 0 else u <= right)
                if slope >= 0
                else (u > right if side == 0 else u >= -1)
            )
            low, high = (t + 1, high) if outside else (low, t)
        start, stop = (low, stop) if side == 0 else (start, low)
    return start, stop - 1


@kernel(INT(INT, FLOAT, INT, INT))
def _last_in_column(xs: int, slope: float, t: int, end: int) -> int:
    """The last step from ``t`` towards ``end`` that stays in its fine column."""
    u, step = int(xs + slope * t + 0.5), 1 if end >= t else -1
    low, high = 0, abs(end - t)
    while low < high:
        middle = (low + high + 1) // 2
        same = int(xs + slope * (t + step * middle) + 0.5) == u
        low, high = (middle, high) if same else (low, middle - 1)
    return t + step * low


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
            first, last_step = _steps_inside(flat, xs, slope, length, 5 * width + 1)
            t = last_step if flip else first
            while first <= t <= last_step:
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
                if not flat and length > _LONG:
                    t = _last_in_column(xs, slope, t, first if flip else last_step)
                    v = t + ys
                u_before, v_before = u, v
                t += -1 if flip else 1
    return found
