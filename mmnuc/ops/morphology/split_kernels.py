"""The compiled loops of :mod:`mmnuc.ops.morphology.split`."""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.ops.arrays import F64Array, I32Array, I64Array
from mmnuc.ops.compiled import FLOAT, I64, INT, OUT_I64, kernel, read_only

_OUT_LOBES = types.Array(types.int32, 2, 'C')
_LOBES = read_only(_OUT_LOBES)
_DEPTH = read_only(types.Array(types.float64, 2, 'C'))
_OUT_COUNTS = types.Array(types.int64, 2, 'C')


@kernel(INT(OUT_I64, INT))
def _root(parents: I64Array, lobe: int) -> int:
    while parents[lobe] != lobe:
        parents[lobe] = parents[parents[lobe]]
        lobe = parents[lobe]
    return lobe


@kernel(INT(_DEPTH, _LOBES, INT, INT))
def _uphill(depth: F64Array, lobes: I32Array, y: int, x: int) -> int:
    """Return the lobe of the deepest of the eight neighbours that have one, or 0."""
    lobe, deepest = 0, 0.0
    for ny in range(y - 1, y + 2):
        for nx in range(x - 1, x + 2):
            # Of equally deep ones one that shares a side is nearer.
            nearness = depth[ny, nx] + (1e-6 if ny == y or nx == x else 0.0)
            if lobes[ny, nx] and nearness > deepest:
                lobe, deepest = lobes[ny, nx], nearness
    return lobe


@kernel(INT(_DEPTH, I64, FLOAT, _OUT_LOBES))
def climb(depth: F64Array, order: I64Array, neck: float, lobes: I32Array) -> int:
    """Number the lobes of a mask, from the deepest pixel outwards.

    Args:
        depth: Distance of each pixel to the outline, of shape (h, w), with a margin of a pixel
            around the mask.
        order: The pixels of the mask, the deepest first.
        neck: Two lobes stay apart where the depth at which they meet is at most this part of the
            depth of the shallower one.
        lobes: Zeros of shape (h, w); receives the numbers, counted from 1, some unused.

    Returns:
        The highest number.
    """
    w = depth.shape[1]
    parents = np.arange(len(order) + 1)
    peaks = np.zeros(len(order) + 1)
    count = 0
    for pixel in order:
        y, x = pixel // w, pixel % w
        lobe = _uphill(depth, lobes, y, x)
        if lobe == 0:
            count += 1
            lobe = count
            peaks[lobe] = depth[y, x]
        lobes[y, x] = lobe
        for ny in range(y - 1, y + 2):
            for nx in range(x - 1, x + 2):
                if lobes[ny, nx] == 0:
                    continue
                # The number of a lobe is that of its peak: the lower, the deeper.
                a, b = _root(parents, lobes[y, x]), _root(parents, lobes[ny, nx])
                first, second = min(a, b), max(a, b)
                # A flat top may have been numbered from several sides.
                flat = depth[y, x] == peaks[second]
                if flat or depth[y, x] > neck * peaks[second]:
                    parents[second] = first
    for pixel in order:
        lobes[pixel // w, pixel % w] = _root(parents, lobes[pixel // w, pixel % w])
    return count


@kernel(types.void(_LOBES, _OUT_COUNTS))
def count_borders(lobes: I32Array, borders: I64Array) -> None:
    """Count the pairs of neighbouring pixels, also over corners, that two lobes share."""
    h, w = lobes.shape
    flat = lobes.ravel()
    for y in range(h - 1):
        for x in range(1, w - 1):
            here = lobes[y, x]
            for step in (1, w - 1, w, w + 1):
                there = flat[y * w + x + step]
                if here and there and here != there:
                    borders[here, there] += 1
                    borders[there, here] += 1
