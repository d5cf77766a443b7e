"""Which masks to keep: by score, by size, by place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmnuc.ops.arrays import BoolArray, F64Array
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import pixel_counts


def most_confident(scores: ArrayLike, count: int) -> BoolArray:
    """Mark the ``count`` highest scores, of shape (N,); of equals the earlier ones.

    Raises:
        ValueError: The count is negative.

    Example:
        >>> most_confident([0.1, 0.9, 0.5, 0.5], 2).tolist()
        [False, True, True, False]
    """
    if count < 0:
        raise ValueError(f'the number of masks to keep may not be negative: {count}')
    order = np.argsort(-np.asarray(scores, np.float64), kind='stable')
    keep = np.zeros(len(order), np.bool_)
    keep[order[:count]] = True
    return keep


def touches_border(crops: Crops, margin: int = 0) -> BoolArray:
    """Mark the masks that come to the border of the image.

    Args:
        crops: N masks with tight boxes.
        margin: Pixels from the border that still count as touching it; with 0 a mask has to have a
            pixel in the first or last row or column.

    Returns:
        Shape (N,). An empty mask touches nothing.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> dense = np.zeros((4, 3, 4), np.uint8)
        >>> dense[:, 1] = np.eye(4)
        >>> crops = from_bitmaps(dense)
        >>> touches_border(crops).tolist()
        [True, False, False, True]
    """
    x1, y1, x2, y2 = crops.boxes_xyxy.astype(np.int64).T
    near: BoolArray = (x1 <= margin) | (y1 <= margin)
    near |= (x2 >= crops.width - margin) | (y2 >= crops.height - margin)
    near &= x2 > x1
    return near


def sizes(crops: Crops, by: str = 'area', pixel_size: float = 1.0) -> F64Array:
    """Measure masks.

    Args:
        crops: N masks.
        by: ``'area'``, or ``'diameter'`` for that of the circle with the same area.
        pixel_size: Side of a pixel; 1 measures in pixels.

    Returns:
        Areas in squared units or diameters in units, of shape (N,).

    Raises:
        ValueError: There is no such measure, or a pixel has no size.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.ones((1, 2, 8), np.uint8))
        >>> sizes(crops, pixel_size=0.25).tolist(), sizes(crops, 'diameter').round(2).tolist()
        ([1.0], [4.51])
    """
    if by not in ('area', 'diameter'):
        raise ValueError(f"size is 'area' or 'diameter', not {by!r}")
    if not 0 < pixel_size < np.inf:
        raise ValueError(f'a pixel has a size above 0, not {pixel_size}')
    measured: F64Array = pixel_counts(crops).astype(np.float64)
    measured *= float(pixel_size) ** 2
    if by == 'diameter':
        measured *= 4 / np.pi
        measured **= 0.5
    return measured
