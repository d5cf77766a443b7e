"""Pixels shared by the instances of two label maps, counted in one pass."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.compiled import I64, INT, OUT_I64, kernel, read_only
from mmnuc.ops.crops import I32Array, I64Array
from mmnuc.ops.overlap import Overlaps

_MAP = read_only(types.Array(types.int32, 2, 'C'))
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
    if gt.shape != pred.shape:
        raise ValueError(f'label maps differ in shape: {gt.shape} and {pred.shape}')
    first, row_areas, row_of = _read(gt)
    second, col_areas, col_of = _read(pred)
    keys, counts = _count(first, second)
    rows = row_of[keys >> np.int64(32)]
    cols = col_of[keys & np.int64(0xFFFFFFFF)]
    order = np.lexsort((cols, rows))
    return Overlaps(rows[order], cols[order], counts[order], row_areas, col_areas)


def _read(label_map: NDArray[np.integer]) -> tuple[I32Array, I64Array, I64Array]:
    """Return the map as int32, the area of each instance, and the instance of each number."""
    if label_map.ndim != 2 or not np.issubdtype(label_map.dtype, np.integer):
        raise ValueError(f'no label map: {label_map.dtype} of shape {label_map.shape}')
    lowest, highest = int(label_map.min(initial=0)), int(label_map.max(initial=0))
    if lowest < 0:
        raise ValueError(f'a label map holds no negative numbers, this one {lowest}')
    if highest > 2 * label_map.size + 1024:
        # Numbers far apart: close the gaps, or the table of areas would be mostly empty.
        ids, dense = np.unique(label_map, return_inverse=True)
        label_map = dense.reshape(label_map.shape) + int(ids[0] != 0)
        highest = int(label_map.max(initial=0))
    plain: I32Array = np.ascontiguousarray(label_map, np.int32)
    areas = np.zeros(highest + 1, np.int64)
    _count_pixels(plain, areas)
    areas[0] = 0
    present = areas > 0
    return plain, areas[present], np.cumsum(present) - 1


def _count(gt: I32Array, pred: I32Array) -> tuple[I64Array, I64Array]:
    """Return the pairs of numbers that meet, as ``gt * 2**32 + pred``, and their pixels."""
    # A row brings at most as many new pairs as it has pixels: they fit into the free half.
    size = 1 << max(12, (2 * gt.shape[1]).bit_length())
    keys, counts = np.full(size, _FREE, np.int64), np.zeros(size, np.int64)
    row = 0
    while row < gt.shape[0]:
        row = _count_rows(gt, pred, row, keys, counts)
        if row < gt.shape[0]:
            old, pixels = keys[keys != _FREE], counts[keys != _FREE]
            size *= 4
            keys, counts = np.full(size, _FREE, np.int64), np.zeros(size, np.int64)
            _insert(old, pixels, keys, counts)
    used = keys != _FREE
    return keys[used], counts[used]


@kernel(types.void(_MAP, OUT_I64))
def _count_pixels(labels: I32Array, areas: I64Array) -> None:
    height, width = labels.shape
    for y in range(height):
        x = 0
        while x < width:
            label, start = labels[y, x], x
            while x < width and labels[y, x] == label:
                x += 1
            areas[label] += x - start


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


@kernel(INT(_MAP, _MAP, INT, OUT_I64, OUT_I64))
def _count_rows(gt: I32Array, pred: I32Array, row: int, keys: I64Array, counts: I64Array) -> int:
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
