"""Masks made neater, each for itself: holes, specks, rough outlines.

Every function takes N masks and returns N masks of 0 and 1 in the same order, with tight crops; a
mask of which nothing is left is empty.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mmnuc.ops.arrays import BoolArray, U8Array
from mmnuc.ops.crops import Crops, offsets_of, take, tight, windows
from mmnuc.ops.morphology.components import connected_components, holes_of


def fill_holes(crops: Crops, max_area: float | None = None) -> Crops:
    """Fill the holes of each mask.

    A hole is background that the mask encloses, as ``scipy.ndimage.binary_fill_holes`` sees it:
    it does not get out through a corner. A bay that is open to the image border is no hole.

    Args:
        crops: N masks.
        max_area: Most pixels of a hole that is filled; without it all are.

    Returns:
        N masks.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> ring = np.array([[[1, 1, 1], [1, 0, 1], [1, 1, 1]]], np.uint8)
        >>> fill_holes(from_bitmaps(ring)).areas.tolist()
        [9]
        >>> fill_holes(from_bitmaps(ring), max_area=0).areas.tolist()
        [8]
    """
    gaps = holes_of(crops)
    holes = ~gaps.at_edge
    if max_area is not None:
        holes &= gaps.areas <= max_area
    return _of_pixels(crops, (crops.buffer != 0) | gaps.pixels(holes))


def drop_specks(crops: Crops, min_area: float) -> Crops:
    """Drop the parts of each mask that are smaller than ``min_area`` pixels.

    Pixels that touch at a corner belong together. A mask of small parts alone becomes empty.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0, 1, 1]], [[1, 0, 0, 0]]], np.uint8))
        >>> drop_specks(crops, 2).boxes_xyxy.tolist()
        [[2, 0, 4, 1], [0, 0, 0, 0]]
    """
    parts = connected_components(crops)
    return _of_pixels(crops, parts.pixels(parts.areas >= min_area))


def largest_part(crops: Crops) -> Crops:
    """Keep the largest part of each mask, of equals the one that starts further up, then left.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> largest_part(from_bitmaps(np.array([[[1, 0, 1, 1]]], np.uint8))).boxes_xyxy.tolist()
        [[2, 0, 4, 1]]
    """
    parts = connected_components(crops)
    by_size = np.lexsort((np.arange(len(parts)), -parts.areas, parts.masks))
    _, firsts = np.unique(parts.masks[by_size], return_index=True)
    largest = np.zeros(len(parts), np.bool_)
    largest[by_size[firsts]] = True
    return _of_pixels(crops, parts.pixels(largest))


def _opening(mask: U8Array, radius: float) -> U8Array:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(radius)), np.uint8)


def _majority(mask: U8Array, radius: float) -> U8Array:
    near = disc(radius)
    count = cv2.filter2D(mask, cv2.CV_32F, near, borderType=cv2.BORDER_REPLICATE)
    # Sums of whole numbers, which a fast Fourier transform leaves inexact for large kernels.
    return np.asarray(np.rint(count) * 2 > near.sum(), np.uint8)


def _gaussian(mask: U8Array, sigma: float) -> U8Array:
    side = 2 * _reach(sigma, 'gaussian') + 1
    blurred = cv2.GaussianBlur(
        mask.astype(np.float32), (side, side), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(blurred > 0.5, np.uint8)


SMOOTHERS: dict[str, Callable[[U8Array, float], U8Array]] = {
    'opening': _opening,
    'majority': _majority,
    'gaussian': _gaussian,
}


def smooth(crops: Crops, radius: float = 1.0, method: str = 'majority') -> Crops:
    """Smooth the outline of each mask.

    ``'majority'`` gives each pixel what most pixels of the disc around it have, ``'opening'`` keeps
    what a disc that stays inside of the mask can reach, ``'gaussian'`` blurs and cuts at a half.
    Beyond the border of the image a mask is taken to go on, so that nuclei that the border cuts
    are not rounded off there. A mask of which nothing would be left stays as it is.

    Args:
        crops: N masks.
        radius: Radius of the disc, or standard deviation of the gaussian, in pixels, above 0.
        method: ``'majority'``, ``'opening'`` or ``'gaussian'``.

    Returns:
        N masks, all inside the image. Only opening can be trusted to add no pixels.

    Raises:
        ValueError: There is no such method, or the radius is not above 0.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> spike = np.ones((1, 6, 5), np.uint8)
        >>> spike[0, :4] = [0, 0, 1, 0, 0]
        >>> smooth(from_bitmaps(spike), 1, 'opening').areas.tolist()
        [11]
    """
    if method not in SMOOTHERS:
        raise ValueError(f'smoothing is one of {", ".join(SMOOTHERS)}, not {method!r}')
    if not 0 < radius < np.inf:
        raise ValueError(f'smoothing takes a radius above 0, not {radius}')
    wide = widened(binary(crops), _reach(radius, method))
    buffer = np.empty_like(wide.buffer)
    for i in range(len(wide)):
        if wide.offsets[i] == wide.offsets[i + 1]:
            continue
        done = SMOOTHERS[method](wide.crop(i), radius)
        left = done if done.any() else wide.crop(i)
        buffer[wide.offsets[i] : wide.offsets[i + 1]] = left.ravel()
    return tight(buffer, wide.boxes_xyxy, wide.height, wide.width)


def disc(radius: float) -> U8Array:
    """Return the pixels whose middle is at most ``radius`` from the middle one.

    Example:
        >>> disc(1)
        array([[0, 1, 0],
               [1, 1, 1],
               [0, 1, 0]], dtype=uint8)
    """
    y, x = np.ogrid[-int(radius) : int(radius) + 1, -int(radius) : int(radius) + 1]
    return np.asarray(y * y + x * x <= radius * radius, np.uint8)


def binary(crops: Crops) -> Crops:
    """Return the masks with 1 for every value but 0."""
    return Crops(
        (crops.buffer != 0).astype(np.uint8),
        *(crops.offsets, crops.boxes_xyxy, crops.height, crops.width),
    )


def widened(crops: Crops, margin: int) -> Crops:
    """Return the masks in boxes with a margin around them, as far as the image goes.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[0, 0, 1, 0]], [[0, 0, 0, 0]]], np.uint8))
        >>> widened(crops, 2).boxes_xyxy.tolist()
        [[0, 0, 4, 1], [0, 0, 0, 0]]
    """
    boxes = crops.boxes_xyxy.copy()
    boxes[:, :2] = np.maximum(boxes[:, :2] - margin, 0)
    boxes[:, 2:] = np.minimum(boxes[:, 2:] + margin, [crops.width, crops.height])
    boxes[crops.boxes_xyxy[:, 2] == 0] = 0
    return windows(crops, boxes)


def unchanged(before: Crops, after: Crops) -> BoolArray:
    """Mark the masks that have the same pixels in both, of shape (N,).

    Raises:
        ValueError: There are not as many masks in both.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> one, two = (from_bitmaps(np.array([[[1]], [[v]]], np.uint8)) for v in (7, 0))
        >>> unchanged(one, two).tolist()
        [True, False]
    """
    if len(before) != len(after):
        raise ValueError(f'{len(before)} masks cannot be compared with {len(after)}')
    same: BoolArray = (before.boxes_xyxy == after.boxes_xyxy).all(axis=1)
    rows = np.flatnonzero(same)
    differ = (take(before, rows).buffer != 0) != (take(after, rows).buffer != 0)
    count = np.concatenate([[0], np.cumsum(differ)])
    ends = offsets_of(before.boxes_xyxy[rows])
    same[rows] = count[ends[1:]] == count[ends[:-1]]
    return same


def _of_pixels(crops: Crops, pixels: BoolArray) -> Crops:
    return tight(pixels.astype(np.uint8), crops.boxes_xyxy, crops.height, crops.width)


def _reach(radius: float, method: str) -> int:
    """How far away a pixel can matter, in pixels; beyond 4 standard deviations none does."""
    return int(np.ceil(4 * radius)) if method == 'gaussian' else int(radius)
