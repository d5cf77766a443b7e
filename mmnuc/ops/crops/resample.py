"""Scaling masks with their image, value for value as ``cv2.resize`` scales the full image."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numba import types

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_U8, U8, kernel
from mmnuc.ops.crops.crops import Crops, concatenate, from_bitmaps, offsets_of, tight

INTERPOLATIONS = {
    'nearest': cv2.INTER_NEAREST,
    'bilinear': cv2.INTER_LINEAR,
    'bicubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}


def resize(crops: Crops, height: int, width: int, interpolation: str = 'nearest') -> Crops:
    """Scale masks to an image of another size.

    ``nearest`` costs what the crops cost. The other interpolations mix neighbours with weights
    that depend on the place in the full image, so each mask in turn is scaled as a full image.

    Args:
        crops: N masks.
        height: Height of the new image.
        width: Width of the new image.
        interpolation: ``nearest``, ``bilinear``, ``bicubic``, ``area`` or ``lanczos``.

    Returns:
        The scaled masks.

    Raises:
        ValueError: The new size is not positive, or the interpolation is unknown.

    Example:
        >>> crops = from_bitmaps(np.array([[[0, 1]]], np.uint8))
        >>> resize(crops, 2, 4).boxes_xyxy.tolist()
        [[2, 0, 4, 2]]
    """
    if height < 1 or width < 1:
        raise ValueError(f'masks cannot be scaled to {height} x {width} pixels')
    if interpolation not in INTERPOLATIONS:
        known = ', '.join(INTERPOLATIONS)
        raise ValueError(f'interpolation must be one of {known}, not {interpolation!r}')
    if (height, width) == (crops.height, crops.width):
        return crops
    if not len(crops):
        return replace(crops, height=height, width=width)
    if interpolation != 'nearest':
        return _resize_one_by_one(crops, height, width, INTERPOLATIONS[interpolation])
    columns = source_index(crops.width, width)
    rows = source_index(crops.height, height)
    boxes = np.empty_like(crops.boxes_xyxy)
    boxes[:, 0::2] = np.searchsorted(columns, crops.boxes_xyxy[:, 0::2])
    boxes[:, 1::2] = np.searchsorted(rows, crops.boxes_xyxy[:, 1::2])
    boxes[((boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1]))] = 0
    offsets = offsets_of(boxes)
    buffer = np.empty(offsets[-1], np.uint8)
    _sample(crops.buffer, crops.offsets, crops.boxes_xyxy, rows, columns, boxes, offsets, buffer)
    return tight(buffer, boxes, height, width)


def source_index(old: int, new: int) -> I64Array:
    """Return the pixel that ``cv2.resize`` takes for each new pixel with ``INTER_NEAREST``.

    Args:
        old: Length of the old axis in pixels.
        new: Length of the new axis in pixels.

    Returns:
        Old positions of shape (new,), never falling.

    Example:
        >>> source_index(3, 5).tolist()
        [0, 0, 1, 1, 2]
    """
    # The order of the two divisions is cv2's: it decides between neighbours at exact multiples.
    step = 1.0 / (new / old)
    index: I64Array = np.floor(np.arange(new) * step).astype(np.int64)
    return index.clip(max=old - 1)


def _resize_one_by_one(crops: Crops, height: int, width: int, code: int) -> Crops:
    image = np.zeros((crops.height, crops.width), np.uint8)
    scaled = []
    for i, (x1, y1, x2, y2) in enumerate(crops.boxes_xyxy.tolist()):
        image[y1:y2, x1:x2] = crops.crop(i)
        resized = cv2.resize(image, (width, height), interpolation=code)
        scaled.append(from_bitmaps(resized[None].astype(np.uint8)))
        image[y1:y2, x1:x2] = 0
    return concatenate(scaled)


@kernel(types.void(U8, I64, BOXES, I64, I64, BOXES, I64, OUT_U8))
def _sample(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    rows: I64Array,
    columns: I64Array,
    out_boxes: I32Array,
    out_offsets: I64Array,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2 = boxes_xyxy[i, 0], boxes_xyxy[i, 1], boxes_xyxy[i, 2]
        position = out_offsets[i]
        for y in range(out_boxes[i, 1], out_boxes[i, 3]):
            source = offsets[i] + (rows[y] - y1) * (x2 - x1) - x1
            for x in range(out_boxes[i, 0], out_boxes[i, 2]):
                out[position] = buffer[source + columns[x]]
                position += 1
