"""Regions of tissue among outlines of nuclei, told apart by what they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmnuc.annotations.fill import Corners

# A region is so many times as large as the outlines are by the median.
_TIMES = 10
_MOST_OF_IMAGE = 0.5


def regions_among(
    outlines: Sequence[Sequence[Sequence[Corners]]], image_area: float | None = None
) -> list[bool]:
    """Tell which outlines are regions that others lie in.

    A region is ten times as large as the median of the outlines and holds the middle of another
    one, or it is a plain rectangle over more than half of the image.

    Args:
        outlines: N outlines, each of polygons of rings of shape (n, 2).
        image_area: Pixels of the image, where they are known.

    Returns:
        Which are regions.

    Example:
        >>> def square(x, side):
        ...     return [[np.array([[x, 0.0], [x + side, 0], [x + side, side], [x, side]])]]
        >>> regions_among([square(0, 20), square(2, 4), square(30, 4)])
        [True, False, False]
    """
    areas = np.array([sum(map(_area, polygons)) for polygons in outlines], np.float64)
    real = areas[areas > 0]
    if not len(real):
        return [False] * len(outlines)
    middles = np.array([_middle(polygons) for polygons in outlines])
    found = np.zeros(len(outlines), bool)
    for i in np.flatnonzero(areas >= _TIMES * float(np.median(real))):
        others = np.delete(middles, i, axis=0)
        found[i] = any(_inside(others, rings).any() for rings in outlines[i])
    if image_area is not None:
        for i in np.flatnonzero(areas > _MOST_OF_IMAGE * image_area):
            found[i] |= _is_rectangle(outlines[i])
    return [bool(is_region) for is_region in found]


def _area(rings: Sequence[Corners]) -> float:
    outer, *holes = [_area_of_ring(ring) for ring in rings]
    return max(outer - sum(holes), 0.0)


def _area_of_ring(ring: Corners) -> float:
    x, y = (ring - ring[0]).T
    return abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2


def _middle(polygons: Sequence[Sequence[Corners]]) -> NDArray[np.float64]:
    corners = np.concatenate([rings[0] for rings in polygons])
    middle: NDArray[np.float64] = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return middle


def _inside(points: NDArray[np.float64], rings: Sequence[Corners]) -> NDArray[np.bool_]:
    """Which points lie inside an odd number of rings."""
    x, y = points.T
    inside = np.zeros(len(points), bool)
    for ring in rings:
        for (xs, ys), (xe, ye) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            if ys != ye:
                crosses = (ys <= y) != (ye <= y)
                inside ^= crosses & (x < xs + (y - ys) * ((xe - xs) / (ye - ys)))
    return inside


def _is_rectangle(polygons: Sequence[Sequence[Corners]]) -> bool:
    if len(polygons) != 1 or len(polygons[0]) != 1:
        return False
    ring = polygons[0][0]
    w, h = ring.max(axis=0) - ring.min(axis=0)
    return bool(_area_of_ring(ring) >= 0.999 * w * h)
