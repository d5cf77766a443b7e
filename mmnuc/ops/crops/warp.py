"""Rotating, shearing and moving masks, value for value as ``cv2.warpAffine`` does it.

This is the integer arithmetic of OpenCV 4, up to the version that the requirements name. OpenCV 5
blends in floating point, and a value here and there comes out one higher or lower.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import F64Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_U8, U8, kernel
from mmnuc.ops.crops.crops import Crops, concatenate, from_bitmaps, offsets_of, tight
from mmnuc.ops.crops.resample import INTERPOLATIONS

# cv2 counts positions in 1/1024 pixel and blends in steps of 1/32.
_FINE = 1024
_COARSE = 32

# Two positions below this add up without an overflow in 32 bits.
_SAFE = 2.0**29

# How far, in pixels, a sample may reach beyond the pixel before it, with all rounding.
_REACH = 1.25


def warp(
    crops: Crops,
    matrix: NDArray[np.floating],
    interpolation: str = 'bilinear',
    borders: Sequence[int] = (0, 0, 0, 0),
) -> Crops:
    """Move masks with their image by an affine map.

    ``nearest`` and ``bilinear`` cost what the crops cost, in the integer arithmetic of cv2. The
    other interpolations, borders other than zero, and matrices without an inverse take one full
    image after the other.

    Args:
        crops: N masks.
        matrix: Affine map of shape (2, 3) from old to new pixels.
        interpolation: ``nearest``, ``bilinear``, ``bicubic``, ``area`` or ``lanczos``.
        borders: What comes in from outside the image: mask ``i`` gets ``borders[i % 4]``, because
            cv2 gives the channels of an image four values in turn.

    Returns:
        The masks moved, in an image of the same size.

    Raises:
        ValueError: The interpolation is unknown.

    Example:
        >>> crops = from_bitmaps(np.array([[[0, 1, 0, 0]]], np.uint8))
        >>> warp(crops, np.array([[1.0, 0, 1.5], [0, 1, 0]])).boxes_xyxy.tolist()
        [[2, 0, 4, 1]]
    """
    if interpolation not in INTERPOLATIONS:
        known = ', '.join(INTERPOLATIONS)
        raise ValueError(f'interpolation must be one of {known}, not {interpolation!r}')
    m: F64Array = np.asarray(matrix, np.float64)
    nearest = interpolation == 'nearest'
    positions = _positions(m, crops.height, crops.width, nearest)
    plain = interpolation in ('nearest', 'bilinear', 'area') and not any(borders)
    if not plain or positions is None:
        return _warp_one_by_one(crops, m, INTERPOLATIONS[interpolation], borders)
    boxes = _reached(crops, m)
    offsets = offsets_of(boxes)
    buffer = np.empty(offsets[-1], np.uint8)
    arguments = (*positions, nearest, boxes, offsets, buffer)
    _sample(crops.buffer, crops.offsets, crops.boxes_xyxy, *arguments)
    return tight(buffer, boxes, crops.height, crops.width)


def _positions(
    matrix: F64Array, height: int, width: int, nearest: bool
) -> tuple[I64Array, I64Array, I64Array, I64Array] | None:
    """Return where each new pixel lies in the old image, in 1/1024 pixel.

    Returns:
        What each column adds to x and to y, of shape (width,), and each row, of shape (height,);
        nothing if the matrix has no inverse, or one so large that cv2's integers overflow.
    """
    # This order of operations is cv2's.
    m = matrix.copy()
    determinant = m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
    if determinant == 0:
        return None
    inverse = 1.0 / determinant
    m[0, 0], m[1, 1] = m[1, 1] * inverse, m[0, 0] * inverse
    m[0, 1], m[1, 0] = m[0, 1] * -inverse, m[1, 0] * -inverse
    x0 = -m[0, 0] * m[0, 2] - m[0, 1] * m[1, 2]
    y0 = -m[1, 0] * m[0, 2] - m[1, 1] * m[1, 2]
    half = _FINE // 2 if nearest else _FINE // _COARSE // 2
    x, y = np.arange(width), np.arange(height)
    exact = (
        m[0, 0] * x * _FINE,
        m[1, 0] * x * _FINE,
        (m[0, 1] * y + x0) * _FINE,
        (m[1, 1] * y + y0) * _FINE,
    )
    if not all((abs(values) < _SAFE).all() for values in exact):
        return None
    columns_x, columns_y, rows_x, rows_y = (np.rint(v).astype(np.int64) for v in exact)
    return columns_x, columns_y, rows_x + half, rows_y + half


def _reached(crops: Crops, matrix: F64Array) -> I32Array:
    """Return boxes, inside the image, of all pixels that may show some of each crop."""
    boxes = crops.boxes_xyxy.astype(np.float64)
    x = np.stack([boxes[:, 0] - _REACH, boxes[:, 2] - 1 + _REACH])[:, None]
    y = np.stack([boxes[:, 1] - _REACH, boxes[:, 3] - 1 + _REACH])[None]
    limits = (crops.width, crops.height)
    reached = np.zeros_like(crops.boxes_xyxy)
    for axis, ((a, b, c), limit) in enumerate(zip(matrix, limits, strict=True)):
        corners = (a * x + b * y + c).reshape(4, -1)
        reached[:, axis] = np.floor(corners.min(axis=0)).clip(0, limit)
        reached[:, axis + 2] = (np.ceil(corners.max(axis=0)) + 1).clip(0, limit)
    reached[crops.offsets[1:] == crops.offsets[:-1]] = 0
    return reached


def _warp_one_by_one(crops: Crops, matrix: F64Array, code: int, borders: Sequence[int]) -> Crops:
    image = np.zeros((crops.height, crops.width), np.uint8)
    warped = [Crops(crops.buffer[:0], crops.offsets[:1] * 0, crops.boxes_xyxy[:0], *image.shape)]
    for i, (x1, y1, x2, y2) in enumerate(crops.boxes_xyxy.tolist()):
        image[y1:y2, x1:x2] = crops.crop(i)
        moved = cv2.warpAffine(
            image, matrix, image.shape[::-1], flags=code, borderValue=borders[i % 4]
        )
        warped.append(from_bitmaps(moved[None].astype(np.uint8)))
        image[y1:y2, x1:x2] = 0
    return concatenate(warped)


@kernel(INT(U8, INT, INT, INT, INT))
def _pixel(crop: U8Array, h: int, w: int, y: int, x: int) -> int:
    return int(crop[y * w + x]) if 0 <= y < h and 0 <= x < w else 0


@kernel(types.void(U8, I64, BOXES, I64, I64, I64, I64, types.boolean, BOXES, I64, OUT_U8))
def _sample(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    across_x: I64Array,
    across_y: I64Array,
    down_x: I64Array,
    down_y: I64Array,
    nearest: bool,
    out_boxes: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        h, w, target = y2 - y1, x2 - x1, out_offsets[i]
        crop = buffer[offsets[i] : offsets[i + 1]]
        for y in range(out_boxes[i, 1], out_boxes[i, 3]):
            for x in range(out_boxes[i, 0], out_boxes[i, 2]):
                fine_x, fine_y = down_x[y] + across_x[x], down_y[y] + across_y[x]
                column, row = (fine_x >> 10) - x1, (fine_y >> 10) - y1
                if nearest:
                    out[target] = _pixel(crop, h, w, row, column)
                else:
                    right, below = (fine_x >> 5) & 31, (fine_y >> 5) & 31
                    upper = (32 - right) * _pixel(crop, h, w, row, column)
                    upper += right * _pixel(crop, h, w, row, column + 1)
                    lower = (32 - right) * _pixel(crop, h, w, row + 1, column)
                    lower += right * _pixel(crop, h, w, row + 1, column + 1)
                    out[target] = ((32 - below) * upper + below * lower + 512) >> 10
                target += 1
