"""Moving masks by whole pixels: flip, crop, shift, pad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import types

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_U8, U8, kernel
from mmnuc.ops.crops.crops import Crops, offsets_of, tight, windows

DIRECTIONS = ('horizontal', 'vertical', 'diagonal')


def flip(crops: Crops, direction: str = 'horizontal') -> Crops:
    """Mirror the image: ``horizontal`` left to right, ``vertical`` top to bottom, or both.

    Args:
        crops: N masks.
        direction: ``horizontal``, ``vertical`` or ``diagonal`` (both).

    Returns:
        The mirrored masks.

    Raises:
        ValueError: Another direction.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 2, 0, 0]]], np.uint8))
        >>> flip(crops).boxes_xyxy.tolist(), flip(crops).buffer.tolist()
        ([[2, 0, 4, 1]], [2, 1])
    """
    if direction not in DIRECTIONS:
        raise ValueError(f'flip direction must be one of {DIRECTIONS}, not {direction!r}')
    along_x, along_y = direction != 'vertical', direction != 'horizontal'
    boxes = crops.boxes_xyxy.copy()
    if along_x:
        boxes[:, [0, 2]] = crops.width - boxes[:, [2, 0]]
    if along_y:
        boxes[:, [1, 3]] = crops.height - boxes[:, [3, 1]]
    boxes[crops.offsets[1:] == crops.offsets[:-1]] = 0
    buffer = np.empty_like(crops.buffer)
    _mirror(crops.buffer, crops.offsets, boxes, along_x, along_y, buffer)
    return replace(crops, buffer=buffer, boxes_xyxy=boxes)


def crop(crops: Crops, box_xyxy: tuple[int, int, int, int]) -> Crops:
    """Cut a box out of the image.

    Args:
        crops: N masks.
        box_xyxy: ``x1, y1, x2, y2`` in pixels, inside the image, right and bottom ends excluded.

    Returns:
        The masks as the smaller image shows them; some may become empty.

    Raises:
        ValueError: The box is not inside the image.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crop(from_bitmaps(np.ones((1, 4, 4), np.uint8)), (1, 2, 3, 3)).boxes_xyxy.tolist()
        [[0, 0, 2, 1]]
    """
    x1, y1, x2, y2 = box_xyxy
    if not (0 <= x1 <= x2 <= crops.width and 0 <= y1 <= y2 <= crops.height):
        size = f'{crops.height} x {crops.width}'
        raise ValueError(f'box {box_xyxy} does not lie inside the image of {size} pixels')
    boxes = np.empty_like(crops.boxes_xyxy)
    np.clip(crops.boxes_xyxy[:, 0::2], x1, x2, out=boxes[:, 0::2])
    np.clip(crops.boxes_xyxy[:, 1::2], y1, y2, out=boxes[:, 1::2])
    boxes[((boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1]))] = (x1, y1, x1, y1)
    cut = crops if np.array_equal(boxes, crops.boxes_xyxy) else windows(crops, boxes)
    boxes -= np.array([x1, y1, x1, y1], np.int32)
    return tight(cut.buffer, boxes, y2 - y1, x2 - x1)


def shift(crops: Crops, right: int, down: int, height: int, width: int) -> Crops:
    """Place the masks in another image; what leaves it is cut off.

    Args:
        crops: N masks.
        right: Pixels by which the masks move right; negative ones move left.
        down: Pixels by which the masks move down; negative ones move up.
        height: Height of the new image.
        width: Width of the new image.

    Returns:
        The masks moved.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> shift(from_bitmaps(np.ones((1, 2, 2), np.uint8)), 1, 0, 2, 2).boxes_xyxy.tolist()
        [[1, 0, 2, 2]]
    """
    moved = crops.boxes_xyxy + np.array([right, down, right, down], np.int64)
    clipped = np.empty_like(crops.boxes_xyxy)
    np.clip(moved[:, 0::2], 0, width, out=clipped[:, 0::2], casting='unsafe')
    np.clip(moved[:, 1::2], 0, height, out=clipped[:, 1::2], casting='unsafe')
    gone = (clipped[:, 2] <= clipped[:, 0]) | (clipped[:, 3] <= clipped[:, 1])
    gone |= crops.offsets[1:] == crops.offsets[:-1]
    clipped[gone] = 0
    if gone.all():
        return Crops(np.zeros(0, np.uint8), offsets_of(clipped), clipped, height, width)
    if np.array_equal(clipped[~gone], moved[~gone]) and not crops.offsets[1:][gone].size:
        return Crops(crops.buffer, crops.offsets, clipped, height, width)
    back = clipped - np.array([right, down, right, down], np.int32)
    back[gone] = 0
    cut = windows(crops, back)
    return tight(cut.buffer, clipped, height, width)


def pad(crops: Crops, height: int, width: int, value: int = 0) -> Crops:
    """Add pixels at the bottom and at the right.

    Args:
        crops: N masks.
        height: Height of the new image, not less than that of the old.
        width: Width of the new image, not less than that of the old.
        value: Value of the new pixels. Any but zero makes every crop reach the new corner: what
            is then kept is as large as N full images.

    Returns:
        The masks in the larger image.

    Raises:
        ValueError: The new image is smaller.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> pad(from_bitmaps(np.ones((1, 1, 1), np.uint8)), 1, 2, 7).buffer.tolist()
        [1, 7]
    """
    if height < crops.height or width < crops.width:
        sizes = f'{crops.height} x {crops.width} to {height} x {width}'
        raise ValueError(f'padding cannot shrink masks from {sizes} pixels')
    larger = replace(crops, height=height, width=width)
    if value == 0 or (height, width) == (crops.height, crops.width) or not len(crops):
        return larger
    boxes = np.tile(np.array([0, 0, width, height], np.int32), (len(crops), 1))
    full = windows(larger, boxes).buffer
    dense = full.reshape(len(crops), height, width)
    dense[:, crops.height :] = value
    dense[:, :, crops.width :] = value
    return tight(full, boxes, height, width)


@kernel(types.void(U8, I64, BOXES, types.boolean, types.boolean, OUT_U8))
def _mirror(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    along_x: bool,
    along_y: bool,
    out: U8Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        w, h = boxes_xyxy[i, 2] - boxes_xyxy[i, 0], boxes_xyxy[i, 3] - boxes_xyxy[i, 1]
        source = offsets[i]
        for y in range(h):
            target = offsets[i] + (h - 1 - y if along_y else y) * w
            for x in range(w):
                out[target + (w - 1 - x if along_x else x)] = buffer[source + x]
            source += w


def rotate90(crops: Crops) -> Crops:
    """Turn the image by 90 degrees to the left, as ``numpy.rot90`` does.

    Args:
        crops: N masks.

    Returns:
        The turned masks.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[0, 1, 2], [0, 0, 0]]], np.uint8))
        >>> turned = rotate90(crops)
        >>> turned.boxes_xyxy.tolist(), turned.buffer.tolist()
        ([[0, 0, 1, 2]], [2, 1])
    """
    x1, y1, x2, y2 = crops.boxes_xyxy.T
    boxes = np.stack([y1, crops.width - x2, y2, crops.width - x1], axis=1)
    boxes[crops.offsets[1:] == crops.offsets[:-1]] = 0
    turned = [np.rot90(crops.crop(i)).ravel() for i in range(len(crops))]
    buffer = np.concatenate([crops.buffer[:0], *turned])
    return Crops(buffer, crops.offsets, boxes, height=crops.width, width=crops.height)
