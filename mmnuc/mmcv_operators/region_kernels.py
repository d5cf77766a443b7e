"""RoIAlign of feature maps, all channels of a pixel at once."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import F32Array
from mmnuc.ops.compiled import INT, kernel, read_only

_OUT_F32 = types.Array(types.float32, 1, 'C')
_F32_IN = read_only(_OUT_F32)
_OUT_MAPS = types.Array(types.float32, 4, 'C')
_MAPS = read_only(types.Array(types.float32, 4, 'C'))
_OUT_GRIDS = types.Array(types.float32, 4, 'C')
_GRIDS = read_only(_OUT_GRIDS)
_ROIS = read_only(types.Array(types.float32, 2, 'C'))
_F32 = types.float32
_FLAG = types.boolean


_GRID = types.Tuple((_F32, _F32, INT))
_SAMPLE = types.Tuple((INT, INT, _F32, _F32))


@kernel(_GRID(_F32, _F32, INT, INT, _F32, _FLAG))
def _grid(
    low: np.float32, high: np.float32, bins: int, ratio: int, scale: np.float32, aligned: bool
) -> tuple[np.float32, np.float32, int]:
    """Where the first bin starts, how large each is, and how many samples it has on a side."""
    half = np.float32(0.5) if aligned else np.float32(0)
    start = low * scale - half
    extent = (high * scale - half) - start
    if not aligned:
        extent = max(extent, np.float32(1))
    step = extent / np.float32(bins)
    return start, step, ratio if ratio > 0 else int(np.ceil(step))


@kernel(_SAMPLE(_F32, _F32, INT, INT, INT, INT))
def _sample(
    start: np.float32, step: np.float32, i: int, k: int, samples: int, size: int
) -> tuple[int, int, np.float32, np.float32]:
    """The two pixels beside sample k of bin i and their weights: 0 outside of the map."""
    at = (
        start
        + np.float32(i) * step
        + (np.float32(k) + np.float32(0.5)) * step / np.float32(samples)
    )
    if not (at >= -1 and at <= size):
        return 0, 0, np.float32(0), np.float32(0)
    at = max(at, np.float32(0))
    low = int(at)
    if low >= size - 1:
        return size - 1, size - 1, np.float32(1), np.float32(0)
    after = at - np.float32(low)
    return low, low + 1, np.float32(1) - after, after


@kernel(types.void(_MAPS, _ROIS, _F32, INT, _FLAG, _OUT_GRIDS))
def align(
    maps: F32Array, rois: F32Array, scale: np.float32, ratio: int, aligned: bool, out: F32Array
) -> None:
    """Average the samples of each bin, in the order and precision of torchvision's operator.

    Args:
        maps: Feature maps of shape (B, H, W, C).
        rois: Regions of shape (N, 5): index of the map, left, top, right, bottom.
        scale: From the regions' coordinates to those of the maps.
        ratio: Samples along each side of a bin; 0 for one every pixel.
        aligned: Pixel centres lie at half coordinates.
        out: Averages of shape (N, C, h, w), written.
    """
    _, height, width, channels = maps.shape
    total = np.empty(channels, np.float32)
    for n in range(len(rois)):
        here = maps[int(rois[n, 0])]
        left, step_x, across = _grid(rois[n, 1], rois[n, 3], out.shape[3], ratio, scale, aligned)
        top, step_y, down = _grid(rois[n, 2], rois[n, 4], out.shape[2], ratio, scale, aligned)
        count = np.float32(max(down * across, 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                total[:] = 0
                for row in range(down):
                    y, y2, upper, lower = _sample(top, step_y, i, row, down, height)
                    for column in range(across):
                        x, x2, before, after = _sample(left, step_x, j, column, across, width)
                        a, b, c, d = here[y, x], here[y, x2], here[y2, x], here[y2, x2]
                        p, q, r, s = upper * before, upper * after, lower * before, lower * after
                        for k in range(channels):
                            total[k] += p * a[k] + q * b[k] + r * c[k] + s * d[k]
                for k in range(channels):
                    out[n, k, i, j] = total[k] / count


@kernel(types.void(_OUT_F32, _F32_IN, _F32, _F32))
def _add(pixel: F32Array, grid: F32Array, weight: np.float32, count: np.float32) -> None:
    for k in range(len(grid)):
        pixel[k] += grid[k] * weight / count


@kernel(types.void(_GRIDS, _ROIS, _F32, INT, _FLAG, INT, INT, _OUT_MAPS))
def spread(
    grids: F32Array,
    rois: F32Array,
    scale: np.float32,
    ratio: int,
    aligned: bool,
    first: int,
    stop: int,
    maps: F32Array,
) -> None:
    """Add to each pixel what it weighs in each bin: the gradient of :func:`align`.

    Args:
        grids: Gradients of the averages, of shape (N, C, h, w).
        rois: Regions of shape (N, 5), as there.
        scale: As there.
        ratio: As there.
        aligned: As there.
        first: The first channel to do.
        stop: The channel after the last one.
        maps: Gradients of the feature maps, of shape (B, H, W, C), added to.
    """
    _, height, width, _ = maps.shape
    grid = np.empty(stop - first, np.float32)
    for n in range(len(rois)):
        here = maps[int(rois[n, 0])]
        left, step_x, across = _grid(rois[n, 1], rois[n, 3], grids.shape[3], ratio, scale, aligned)
        top, step_y, down = _grid(rois[n, 2], rois[n, 4], grids.shape[2], ratio, scale, aligned)
        count = np.float32(max(down * across, 1))
        for i in range(grids.shape[2]):
            for j in range(grids.shape[3]):
                for k in range(first, stop):
                    grid[k - first] = grids[n, k, i, j]
                for row in range(down):
                    y, y2, upper, lower = _sample(top, step_y, i, row, down, height)
                    for column in range(across):
                        x, x2, before, after = _sample(left, step_x, j, column, across, width)
                        _add(here[y, x, first:stop], grid, upper * before, count)
                        _add(here[y, x2, first:stop], grid, upper * after, count)
                        _add(here[y2, x, first:stop], grid, lower * before, count)
                        _add(here[y2, x2, first:stop], grid, lower * after, count)
