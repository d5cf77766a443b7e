"""Pixels shared by the instances of two label maps, counted in one pass."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array
from mmnuc.ops.codecs.label_map import LABELS, Labelled, numbered
from mmnuc.ops.compiled import I64, INT, OUT_I64, kernel
from mmnuc.ops.overlap.masks import Overlaps

_FREE = -1


def label_map_overlaps(gt: NDArray[np.integer], pred: NDArray[np.integer]) -> Overlaps:
    """Count the pixels shared by every pair of instances.

    Each pixel is looked at once. Beside the maps themselves memory grows with the number of
    instances alone, so an image of 20,000 x 20,000 pixels is no trouble (``int32`` maps are read in
    place, others are converted).

    Args:
        gt: Label map of shape (H, W): ``0`` is background, every other number one instance;
            numbers may be missing.
        pred: Label map of the same shape.

    Returns:
        The pairs that share pixels. Rows and columns count the instances in rising order of their
        numbers, without the background.

    Raises:
        ValueError: The label maps differ in shape, are no maps, or hold negative numbers.

    Example:
        >>> pairs = label_map_overlaps(np.array([[1, 1, 0], [0, 2, 2]]),
        ...                            np.array([[5, 5, 5], [0, 0, 0]]))
        >>> pairs.rows.tolist(), pairs.cols.tolist(), pairs.intersections.tolist()
        ([0], [0], [2])
        >>> pairs.row_areas.tolist(), pairs.col_areas.tolist()
        ([2, 2], [3])
    """
    return compare_label_maps(gt, pred)[0]


def compare_label_maps(
    gt: NDArray[np.integer], pred: NDArray[np.integer]
) -> tuple[Overlaps, Labelled, Labelled]:
    """Return the table of :func:`label_map_overlaps`, and the instances of its rows and columns.

    Example:
        >>> _, _, pred = compare_label_maps(np.array([[0, 0, 0]]), np.array([[0, 7, 5]]))
        >>> pred.numbers.tolist(), pred.cut(np.array([1])).boxes_xyxy.tolist()
        ([5, 7], [[1, 0, 2, 1]])
    """
    if gt.shape != pred.shape:
        raise ValueError(f'label maps differ in shape: {gt.shape} and {pred.shape}')
    (first, row_areas), (second, col_areas) = _read(gt), _read(pred)
    keys, counts = _count(first, second, row_areas, col_areas)
    row_of, rows = _instances(first, row_areas)
    col_of, cols = _instances(second, col_areas)
    row, col = row_of[keys >> np.int64(32)], col_of[keys & np.int64(0xFFFFFFFF)]
    order = np.lexsort((col, row))
    table = Overlaps(
        *(row[order], col[order], counts[order]),
        *(row_areas[rows.numbers], col_areas[cols.numbers]),
    )
    return table, rows, cols


def _read(label_map: NDArray[np.integer]) -> tuple[I32Array, I64Array]:
    """Return the map as int32, and room for the area of each number in it."""
    if label_map.ndim != 2 or not np.issubdtype(label_map.dtype, np.integer):
        raise ValueError(f'no label map: {label_map.dtype} of shape {label_map.shape}')
    plain, _ = numbered(label_map)
    return plain, np.zeros(int(plain.max(initial=0)) + 1, np.int64)


def _instances(label_map: I32Array, areas: I64Array) -> tuple[I64Array, Labelled]:
    """Return the instance of each number, and the instances."""
    present = areas > 0
    present[0] = False
    return np.cumsum(present) - 1, Labelled(label_map, np.flatnonzero(present))


def _count(
    gt: I32Array, pred: I32Array, gt_areas: I64Array, pred_areas: I64Array
) -> tuple[I64Array, I64Array]:
    """Return the pairs of numbers that meet, as ``gt * 2**32 + pred``, and their pixels."""
    # A row brings at most as many new pairs as it has pixels: they fit into the free half.
    size = 1 << max(12, (2 * gt.shape[1]).bit_length())
    keys, counts = np.full(size, _FREE, np.int64), np.zeros(size, np.int64)
    row = 0
    while row < gt.shape[0]:
        row = _count_rows(gt, pred, row, keys, counts, gt_areas, pred_areas)
        if row < gt.shape[0]:
            old, pixels = keys[keys != _FREE], counts[keys != _FREE]
            size *= 4
            keys, counts = np.full(size, _FREE, np.int64), np.zeros(size, np.int64)
            _insert(old, pixels, keys, counts)
    used = keys != _FREE
    return keys[used], counts[used]


@kernel(types.int64(types.int64, OUT_I64))
def _slot(key: int, keys: I64Array) -> int:
    """Find the place of a key, or the free one where it belongs; open addressing."""
    last = len(keys) - 1
    # Fibonacci hashing: neighbours in number end up far apart.
    place = ((key * -7046029254386353131) >> 20) & last
    while keys[place] != key and keys[place] != -1:
        place = (place + 1) & last
    return place


@kernel(types.void(I64, I64, OUT_I64, OUT_I64))
def _insert(old: I64Array, pixels: I64Array, keys: I64Array, counts: I64Array) -> None:
    for i in range(len(old)):
        place = _slot(old[i], keys)
        keys[place] = old[i]
        counts[place] = pixels[i]


@kernel(INT(LABELS, LABELS, INT, OUT_I64, OUT_I64, OUT_I64, OUT_I64))
def _count_rows(
    gt: I32Array,
    pred: I32Array,
    row: int,
    keys: I64Array,
    counts: I64Array,
    gt_areas: I64Array,
    pred_areas: I64Array,
) -> int:
    """Count from this row on; return the row to go on from, once half of the table is full."""
    height, width = gt.shape
    used = 0
    for place in range(len(keys)):
        used += keys[place] != -1
    while row < height and used < len(keys) // 2:
        x = 0
        while x < width:
            label, other, start = gt[row, x], pred[row, x], x
            while x < width and gt[row, x] == label and pred[row, x] == other:
                x += 1
            gt_areas[label] += x - start
            pred_areas[other] += x - start
            if label == 0 or other == 0:
                continue
            key = (int(label) << 32) | int(other)
            place = _slot(key, keys)
            if keys[place] == -1:
                keys[place] = key
                used += 1
            counts[place] += x - start
        row += 1
    return row
