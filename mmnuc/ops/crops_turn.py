"""Turning masks by a quarter."""

from __future__ import annotations

import numpy as np

from mmnuc.ops.crops import Crops


def quarter_turn(crops: Crops) -> Crops:
    """Turn the image by 90 degrees to the left, as ``numpy.rot90`` does.

    Args:
        crops: N masks.

    Returns:
        The turned masks.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[0, 1, 2], [0, 0, 0]]], np.uint8))
        >>> turned = quarter_turn(crops)
        >>> turned.boxes_xyxy.tolist(), turned.buffer.tolist()
        ([[0, 0, 1, 2]], [2, 1])
    """
    x1, y1, x2, y2 = crops.boxes_xyxy.T
    boxes = np.stack([y1, crops.width - x2, y2, crops.width - x1], axis=1)
    boxes[crops.offsets[1:] == crops.offsets[:-1]] = 0
    turned = [np.rot90(crops.crop(i)).ravel() for i in range(len(crops))]
    buffer = np.concatenate([crops.buffer[:0], *turned])
    return Crops(buffer, crops.offsets, boxes, height=crops.width, width=crops.height)
