"""Exact outlines of masks: closed rings along the edges of their pixels, valid as polygons."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_BOXES, OUT_I64, U8, kernel
from mmnuc.ops.crops import Crops

Ring = list[list[int]]
Polygon = list[Ring]

_OUT_MARKS = types.Array(types.uint8, 2, 'C')
_OUT_STEPS = types.Array(types.int64, 2, 'C')
# East, south, west, north: an edge goes there with the mask at its right hand.
_DX = (1, 0, -1, 0)
_DY = (0, 1, 0, -1)


def outlines(crops: Crops) -> list[list[Polygon]]:
    """Trace the outline of every mask.

    Corners are at whole numbers: the first pixel of the image is the square from (0, 0) to
    (1, 1). Parts of a mask that touch at no edge are polygons of their own. Each polygon is valid
    as OGC's simple features are: no ring meets itself, and holes touch one another and the outer
    ring in single points at most.

    Args:
        crops: N masks; every value but zero counts as inside.

    Returns:
        For each mask its polygons, each a list of closed rings of ``[x, y]``: the outer one with
        positive area (clockwise to the eye, as y points down), then the holes, the other way
        round. A mask without pixels has none.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> outlines(from_bitmaps(np.array([[[0, 0], [0, 1]]], np.uint8)))
        [[[[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]]]
    """
    arguments = (crops.buffer, crops.offsets, crops.boxes_xyxy)
    edges = _count_edges(*arguments)
    corners = np.empty((edges, 2), np.int32)
    rings = np.empty((edges // 4, 4), np.int64)
    count = _trace(*arguments, corners, rings)
    return _group(len(crops), corners, rings[:count])


def _group(count: int, corners: I32Array, rings: I64Array) -> list[list[Polygon]]:
    """Sort rings into polygons and polygons into masks."""
    starts = np.concatenate([[0], rings[:-1, 0]]) if len(rings) else rings[:, 0]
    points = corners.tolist()
    found: list[list[Polygon]] = [[] for _ in range(count)]
    # By mask, then by part, the outer ring first.
    order = np.lexsort((rings[:, 3], rings[:, 2], rings[:, 1]))
    for start, (end, mask, _, is_hole) in zip(
        starts[order].tolist(), rings[order].tolist(), strict=True
    ):
        ring = points[start:end]
        ring.append(ring[0])
        if is_hole:
            found[mask][-1].append(ring)
        else:
            found[mask].append([ring])
    return found


@kernel(INT(U8, I64, BOXES))
def _count_edges(buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array) -> int:
    """Pixel edges between inside and outside."""
    edges = 0
    for i in range(len(boxes_xyxy)):
        w = boxes_xyxy[i, 2] - boxes_xyxy[i, 0]
        h = boxes_xyxy[i, 3] - boxes_xyxy[i, 1]
        for y in range(h):
            before = False
            for x in range(w):
                at = offsets[i] + y * w + x
                inside = buffer[at] != 0
                above = y > 0 and buffer[at - w] != 0
                edges += (inside != before) + (inside != above) + (inside and y == h - 1)
                before = inside
            edges += before
    return edges


@kernel(types.void(U8, INT, INT, INT, _OUT_STEPS))
def _label_parts(buffer: U8Array, start: int, h: int, w: int, parts: I64Array) -> None:
    """Number the parts of a mask that share edges, with a border of zeros around them."""
    waiting = np.empty((h * w, 2), np.int64)
    part = 0
    for y0 in range(h):
        for x0 in range(w):
            if buffer[start + y0 * w + x0] == 0 or parts[y0 + 1, x0 + 1]:
                continue
            part += 1
            parts[y0 + 1, x0 + 1] = part
            waiting[0] = y0, x0
            many = 1
            while many:
                many -= 1
                y, x = waiting[many]
                for d in range(4):
                    v, u = y + _DY[d], x + _DX[d]
                    if not (0 <= v < h and 0 <= u < w) or parts[v + 1, u + 1]:
                        continue
                    if buffer[start + v * w + u]:
                        parts[v + 1, u + 1] = part
                        waiting[many] = v, u
                        many += 1


@kernel(types.boolean(_OUT_STEPS, INT, INT, INT))
def _leads(parts: I64Array, y: int, x: int, d: int) -> bool:
    """Whether an edge leads from corner (y, x) in direction d, the mask at its right hand."""
    if d == 0:
        return bool(parts[y + 1, x + 1] != 0 and parts[y, x + 1] == 0)
    if d == 1:
        return bool(parts[y + 1, x] != 0 and parts[y + 1, x + 1] == 0)
    if d == 2:
        return bool(parts[y, x] != 0 and parts[y + 1, x] == 0)
    return bool(parts[y, x + 1] != 0 and parts[y, x] == 0)


@kernel(types.void(_OUT_STEPS, INT, INT, OUT_BOXES, INT, OUT_I64))
def _keep_corners(
    path: I64Array, first: int, last: int, corners: I32Array, used: int, result: I64Array
) -> None:
    """Write the corners of the closed path ``first..last - 1`` where it turns, and its area."""
    many, area = used, 0
    for i in range(first, last):
        before = path[last - 1] if i == first else path[i - 1]
        after = path[first] if i == last - 1 else path[i + 1]
        y, x = path[i]
        area += x * after[0] - after[1] * y
        if (y - before[0]) * (after[1] - x) != (x - before[1]) * (after[0] - y):
            corners[many, 0], corners[many, 1] = x, y
            many += 1
    result[0], result[1] = many, area


@kernel(
    INT(_OUT_STEPS, INT, INT, _OUT_STEPS, _OUT_MARKS, OUT_BOXES, OUT_BOXES, _OUT_STEPS, INT, INT)
)
def _walk(
    parts: I64Array,
    y: int,
    x: int,
    path: I64Array,
    seen: U8Array,
    place: I32Array,
    corners: I32Array,
    rings: I64Array,
    count: int,
    mask: int,
) -> int:
    """Follow an outline from an edge to the east; whenever it meets itself a ring is done.

    Returns how many rings there are now.
    """
    part = parts[y + 1, x + 1]
    result = np.zeros(2, np.int64)
    d, many = 0, 0
    while True:
        if place[y, x]:
            first = place[y, x] - 1
            used = rings[count - 1, 0] if count else 0
            _keep_corners(path, first, many, corners, used, result)
            rings[count] = result[0], mask, part, int(result[1] < 0)
            count += 1
            for i in range(first, many):
                place[path[i, 0], path[i, 1]] = 0
            many = first
        if seen[y, x] >> d & 1:
            return count
        seen[y, x] |= 1 << d
        path[many] = y, x
        many += 1
        place[y, x] = many
        y, x = y + _DY[d], x + _DX[d]
        # A right turn first: pixels that touch at a corner alone are not together.
        for turn in (1, 0, 3):
            if _leads(parts, y, x, (d + turn) % 4):
                d = (d + turn) % 4
                break


@kernel(INT(U8, I64, BOXES, OUT_BOXES, _OUT_STEPS))
def _trace(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    corners: I32Array,
    rings: I64Array,
) -> int:
    """Write the corners of all rings; of each its end, mask, part and whether it is a hole."""
    count = 0
    path = np.empty((len(corners) + 1, 2), np.int64)
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        h, w = y2 - y1, x2 - x1
        parts = np.zeros((h + 2, w + 2), np.int64)
        _label_parts(buffer, offsets[i], h, w, parts)
        seen = np.zeros((h + 1, w + 1), np.uint8)
        place = np.zeros((h + 1, w + 1), np.int32)
        begun = rings[count - 1, 0] if count else 0
        for y in range(h):
            for x in range(w):
                if _leads(parts, y, x, 0) and not seen[y, x] & 1:
                    count = _walk(parts, y, x, path, seen, place, corners, rings, count, i)
        ended = rings[count - 1, 0] if count else 0
        for k in range(begun, ended):
            corners[k, 0] += x1
            corners[k, 1] += y1
    return count


def area_of(ring: Ring) -> float:
    """Signed area of a closed ring.

    Example:
        >>> area_of([[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]])
        2.0
    """
    x, y = np.array(ring, np.int64).T
    twice: NDArray[np.int64] = x[:-1] * y[1:] - x[1:] * y[:-1]
    return float(twice.sum()) / 2
