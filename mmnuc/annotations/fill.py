"""Outlines into masks: by their corners, through the centres of border pixels, and ellipses.

Coordinates are pixels; the first pixel is the square from (0, 0) to (1, 1). A pixel is inside if
its centre is: outlines along the edges of pixels give exactly these pixels back. Only rows of the
image are looked at, so that coordinates far outside cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.ops.arrays import I64Array, U8Array
from mmnuc.ops.compiled import I64, INT, kernel, read_only
from mmnuc.ops.crops import Crops, offsets_of, tight

Corners = NDArray[np.float64]
PixelBox = tuple[int, int, int, int]
# A bitmap of the image's box (x1, y1, x2, y2).
Piece = tuple[PixelBox, U8Array]

FARTHEST = 1e6

_CORNERS = read_only(types.Array(types.float64, 2, 'C'))
_OUT_MARKS = types.Array(types.uint8, 2, 'C')
_NOTHING: Piece = ((0, 0, 0, 0), np.zeros((0, 0), np.uint8))


def ring_of(points: Any, where: str, least: int = 3) -> Corners:
    """Take what a file holds for an outline.

    Args:
        points: Pairs of x and y, perhaps with a z that is left out.
        where: What to call it in errors.
        least: How few points it may have.

    Returns:
        Corners of shape (n, 2).

    Raises:
        AnnotationError: It is something else, or leads beyond a million pixels.

    Example:
        >>> ring_of([[0, 0], [2, 0], [2, 1]], 'a').shape
        (3, 2)
        >>> ring_of([[0, 0], [2, 0], [float('nan'), 1]], 'nucleus 3')
        Traceback (most recent call last):
        mmnuc.annotations.annotations.AnnotationError: nucleus 3 has coordinates that are no numbers
    """
    try:
        ring = np.array(points, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise AnnotationError(f'{where} has points that are no pairs of numbers') from None
    # OpenCV's contours are of shape (n, 1, 2).
    ring = ring[:, 0] if ring.ndim == 3 and ring.shape[1] == 1 else ring
    if ring.ndim != 2 or ring.shape[1] not in (2, 3) or len(ring) < least:
        raise AnnotationError(f'{where} is no outline of at least {least} points with x and y')
    ring = np.ascontiguousarray(ring[:, :2])
    if not np.isfinite(ring).all():
        raise AnnotationError(f'{where} has coordinates that are no numbers')
    if np.abs(ring).max() > FARTHEST:
        raise AnnotationError(f'{where} has a coordinate of {np.abs(ring).max():.0f} pixels')
    return ring


def fill_polygon(rings: Sequence[Corners], height: int, width: int) -> Piece:
    """Fill the rings of one polygon: what lies inside an odd number of them is inside.

    Args:
        rings: The outer ring and its holes, each of shape (n, 2), closed or not.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The box of the image that the polygon meets, and its bitmap.

    Example:
        >>> square = np.array([[1.0, 0], [3, 0], [3, 2], [1, 2]])
        >>> box, bitmap = fill_polygon([square], 9, 9)
        >>> box, bitmap.tolist()
        ((1, 0, 3, 2), [[1, 1], [1, 1]])
    """
    corners = np.concatenate(rings) if rings else np.zeros((0, 2))
    box = _clipped(corners, height, width)
    if box is None:
        return _NOTHING
    x1, y1, x2, y2 = box
    marks = np.zeros((y2 - y1, x2 - x1), np.uint8)
    ends = np.cumsum([0, *(len(ring) for ring in rings)])
    _cross_rows(corners, ends, x1, y1, marks)
    # Inside is what lies right of an odd number of crossings.
    return box, np.bitwise_xor.accumulate(marks, axis=1)


def fill_contour(points: Corners, height: int, width: int) -> Piece:
    """Fill an outline through the centres of border pixels, which belong to the mask.

    This is the inverse of OpenCV's ``findContours`` for masks in one part without holes.

    Args:
        points: Columns and rows of pixels, of shape (n, 2) with n from 1; rounded.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The box of the image that the outline meets, and its bitmap.

    Example:
        >>> fill_contour(np.array([[1.0, 0], [2, 0], [2, 1], [1, 1]]), 9, 9)[1].tolist()
        [[1, 1], [1, 1]]
    """
    pixels = np.rint(points).astype(np.int64)
    box = _clipped(np.concatenate([pixels, pixels + 1]).astype(np.float64), height, width)
    if box is None:
        return _NOTHING
    x1, y1, x2, y2 = box
    bitmap = np.zeros((y2 - y1, x2 - x1), np.uint8)
    inside = (pixels - [x1, y1]).astype(np.int32)
    cv2.drawContours(bitmap, [inside[:, None]], -1, 1, cv2.FILLED)
    return box, bitmap


def fill_ellipse(x1: float, y1: float, x2: float, y2: float, height: int, width: int) -> Piece:
    """Fill the ellipse inside a box with the pixels whose centre is inside or on it.

    Returns:
        The box of the image that the ellipse meets, and its bitmap.

    Example:
        >>> int(fill_ellipse(20, 20, 60, 60, 99, 99)[1].sum())
        1264
    """
    x1, x2 = min(x1, x2), max(x1, x2)
    y1, y2 = min(y1, y2), max(y1, y2)
    # Pixels whose centre lies on the right or lower end belong to it, too.
    box = _clipped(np.array([[x1, y1], [x2 + 0.5, y2 + 0.5]]), height, width)
    if box is None or x1 == x2 or y1 == y2:
        return _NOTHING
    left, top, right, bottom = box
    across = (np.arange(left, right) + 0.5 - (x1 + x2) / 2) / ((x2 - x1) / 2)
    down = (np.arange(top, bottom) + 0.5 - (y1 + y2) / 2) / ((y2 - y1) / 2)
    # What is inside by less than rounding is inside.
    bitmap: U8Array = (across**2 + down[:, None] ** 2 <= 1 + 1e-9).astype(np.uint8)
    return box, bitmap


def united(pieces: Sequence[Piece]) -> Piece:
    """Join the parts of one mask.

    Example:
        >>> one = np.ones((1, 1), np.uint8)
        >>> united([((0, 0, 1, 1), one), ((2, 0, 3, 1), one)])[1].tolist()
        [[1, 0, 1]]
    """
    real = [piece for piece in pieces if piece[1].size]
    if len(real) < 2:
        return real[0] if real else _NOTHING
    boxes = np.array([box for box, _ in real])
    x1, y1 = (int(side) for side in boxes[:, :2].min(axis=0))
    x2, y2 = (int(side) for side in boxes[:, 2:].max(axis=0))
    bitmap = np.zeros((y2 - y1, x2 - x1), np.uint8)
    for (left, top, right, bottom), part in real:
        bitmap[top - y1 : bottom - y1, left - x1 : right - x1] |= part
    return (x1, y1, x2, y2), bitmap


def without(piece: Piece, hole: Piece) -> Piece:
    """Take the pixels of one mask out of another.

    Example:
        >>> one = np.ones((1, 3), np.uint8)
        >>> without(((0, 0, 3, 1), one), ((1, 0, 4, 1), one))[1].tolist()
        [[1, 0, 0]]
    """
    (x1, y1, x2, y2), bitmap = piece
    (left, top, right, bottom), gone = hole
    u1, v1, u2, v2 = max(x1, left), max(y1, top), min(x2, right), min(y2, bottom)
    if u1 >= u2 or v1 >= v2:
        return piece
    left_over = bitmap.copy()
    taken = gone[v1 - top : v2 - top, u1 - left : u2 - left]
    left_over[v1 - y1 : v2 - y1, u1 - x1 : u2 - x1] &= 1 - taken
    return (x1, y1, x2, y2), left_over


def crops_of(pieces: Iterable[Piece], height: int, width: int) -> Crops:
    """Put bitmaps into crops; those without a pixel become empty masks.

    Example:
        >>> crops_of([((0, 0, 2, 1), np.array([[0, 1]], np.uint8))], 4, 4).boxes_xyxy.tolist()
        [[1, 0, 2, 1]]
    """
    listed = [piece if piece[1].any() else _NOTHING for piece in pieces]
    boxes = np.array([box for box, _ in listed], np.int32).reshape(-1, 4)
    buffer = np.concatenate([np.zeros(0, np.uint8), *(part.reshape(-1) for _, part in listed)])
    if not len(boxes):
        return Crops(buffer, offsets_of(boxes), boxes, height, width)
    return tight(buffer, boxes, height, width)


def _clipped(corners: Corners, height: int, width: int) -> PixelBox | None:
    """The whole pixels around some points, inside of the image; None if there are none."""
    if not len(corners):
        return None
    x1, y1 = (max(int(side), 0) for side in np.floor(corners.min(axis=0)))
    right, bottom = np.ceil(corners.max(axis=0))
    x2, y2 = min(int(right), width), min(int(bottom), height)
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


@kernel(types.void(_CORNERS, I64, INT, INT, _OUT_MARKS))
def _cross_rows(corners: Corners, ends: I64Array, left: int, top: int, marks: U8Array) -> None:
    """Mark the first pixel right of each place where a ring crosses the middle of a row."""
    height, width = marks.shape
    for i in range(len(ends) - 1):
        for j in range(ends[i], ends[i + 1]):
            k = j + 1 if j + 1 < ends[i + 1] else ends[i]
            xs, ys, xe, ye = corners[j, 0], corners[j, 1], corners[k, 0], corners[k, 1]
            if ys == ye:
                continue
            if ys > ye:
                xs, ys, xe, ye = xe, ye, xs, ys
            first = max(int(np.ceil(ys - 0.5)) - top, 0)
            last = min(int(np.ceil(ye - 0.5)) - top, height)
            for row in range(first, last):
                x = xs + (row + top + 0.5 - ys) * ((xe - xs) / (ye - ys))
                column = max(int(np.ceil(x - 0.5)) - left, 0)
                if column < width:
                    marks[row, column] ^= 1
