"""Sampling masks inside boxes, number for number as RoIAlign samples the full images."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import F32Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_I64, U8, kernel, read_only
from mmnuc.ops.crops.crops import Crops

_OUT_F32 = types.Array(types.float32, 1, 'C')
_ROIS = read_only(types.Array(types.float32, 2, 'C'))
_BOX = read_only(types.Array(types.int32, 1, 'C'))
_OUT_GRID = types.Array(types.float32, 2, 'C')
_OUT_GRIDS = types.Array(types.float32, 3, 'C')


def roi_align(
    crops: Crops, rois_xyxy: F32Array, rows: I64Array, out_height: int, out_width: int
) -> F32Array:
    """Average each mask over the cells of a grid laid on a box.

    Does the arithmetic of RoIAlign in the same order, in single precision (``aligned``, spatial
    scale 1, as many samples a cell as it has pixels), on the pixels of the crop alone.

    Args:
        crops: N masks.
        rois_xyxy: Boxes of shape (K, 4), in pixels, with fractions.
        rows: The mask seen through each box, of shape (K,).
        out_height: Rows of the grid.
        out_width: Columns of the grid.

    Returns:
        Averages of shape (K, out_height, out_width); 0 where the box has no extent.

    Raises:
        IndexError: A row is not among 0 .. N - 1.
        ValueError: The arrays differ in length.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0], [1, 0]]], np.uint8))
        >>> roi_align(crops, np.array([[0, 0, 2, 2]], np.float32), np.array([0]), 1, 2)
        array([[[1., 0.]]], dtype=float32)
    """
    if len(rois_xyxy) != len(rows):
        raise ValueError(f'{len(rois_xyxy)} boxes for {len(rows)} masks')
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(crops)):
        raise IndexError(f'mask {rows.min()} or {rows.max()} of {len(crops)}')
    averages = np.zeros((len(rows), out_height, out_width), np.float32)
    rois = np.ascontiguousarray(rois_xyxy, np.float32).reshape(-1, 4)
    # A box that is not finite has no grid.
    finite = np.flatnonzero(np.isfinite(rois).all(axis=1))
    _align(
        crops.buffer,
        crops.offsets,
        crops.boxes_xyxy,
        crops.height,
        crops.width,
        rois,
        rows.astype(np.int64),
        finite,
        averages,
    )
    return averages


@kernel(types.void(types.float32, types.float32, INT, INT, OUT_I64, _OUT_F32))
def _axis(
    start: float, length: float, cells: int, pixels: int, low: I64Array, part: F32Array
) -> None:
    """Write the pixel before each sample of an axis, and how far behind it the sample lies.

    Samples outside the image get pixel -2; the last pixel has nothing behind it.
    """
    grid = len(low) // cells
    size = length / np.float32(cells)
    for cell in range(cells):
        for i in range(grid):
            inner = np.float32(np.float32(i) + np.float32(0.5)) * size / np.float32(grid)
            at = start + np.float32(cell) * size + inner
            k = cell * grid + i
            if at < -1 or at > pixels:
                low[k], part[k] = -2, 0
                continue
            at = max(at, np.float32(0))
            low[k] = min(int(at), pixels - 1)
            part[k] = at - np.float32(low[k]) if low[k] < pixels - 1 else np.float32(0)


@kernel(types.float32(U8, INT, INT, INT, INT))
def _pixel(crop: U8Array, h: int, w: int, y: int, x: int) -> np.float32:
    inside = 0 <= y < h and 0 <= x < w
    return np.float32(crop[y * w + x]) if inside else np.float32(0)


@kernel(types.void(U8, _BOX, OUT_I64, _OUT_F32, OUT_I64, _OUT_F32, _OUT_GRID))
def _sample(
    crop: U8Array,
    box_xyxy: I32Array,
    low_y: I64Array,
    part_y: F32Array,
    low_x: I64Array,
    part_x: F32Array,
    averages: F32Array,
) -> None:
    """Add up the samples of each cell, row by row."""
    out_height, out_width = averages.shape
    grid_h, grid_w = len(low_y) // out_height, len(low_x) // out_width
    h, w = box_xyxy[3] - box_xyxy[1], box_xyxy[2] - box_xyxy[0]
    one = np.float32(1)
    for j in range(len(low_y)):
        y = low_y[j] - box_xyxy[1]
        if y < -1 or y >= h or low_y[j] < 0:
            continue
        ly, hy = part_y[j], one - part_y[j]
        for i in range(len(low_x)):
            x = low_x[i] - box_xyxy[0]
            if x < -1 or x >= w or low_x[i] < 0:
                continue
            lx, hx = part_x[i], one - part_x[i]
            value = hy * hx * _pixel(crop, h, w, y, x)
            value += hy * lx * _pixel(crop, h, w, y, x + 1)
            value += ly * hx * _pixel(crop, h, w, y + 1, x)
            value += ly * lx * _pixel(crop, h, w, y + 1, x + 1)
            averages[j // grid_h, i // grid_w] += value


@kernel(types.void(U8, I64, BOXES, INT, INT, _ROIS, I64, I64, _OUT_GRIDS))
def _align(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    height: int,
    width: int,
    rois: F32Array,
    rows: I64Array,
    finite: I64Array,
    averages: F32Array,
) -> None:
    _, out_height, out_width = averages.shape
    half = np.float32(0.5)
    for k in finite:
        x, y = rois[k, 0] - half, rois[k, 1] - half
        w, h = rois[k, 2] - half - x, rois[k, 3] - half - y
        grid_h = int(np.ceil(h / np.float32(out_height)))
        grid_w = int(np.ceil(w / np.float32(out_width)))
        if grid_h <= 0 or grid_w <= 0:
            continue
        low_y, low_x = (
            np.empty(grid_h * out_height, np.int64),
            np.empty(grid_w * out_width, np.int64),
        )
        part_y, part_x = np.empty(len(low_y), np.float32), np.empty(len(low_x), np.float32)
        _axis(y, h, out_height, height, low_y, part_y)
        _axis(x, w, out_width, width, low_x, part_x)
        crop = buffer[offsets[rows[k]] : offsets[rows[k] + 1]]
        _sample(crop, boxes_xyxy[rows[k]], low_y, part_y, low_x, part_x, averages[k])
        averages[k] /= np.float32(grid_h * grid_w)
