"""Masks of two nuclei that touch, cut apart at the neck."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.crops import Crops, concatenate, take, tight
from mmnuc.ops.morphology import split_kernels
from mmnuc.ops.morphology.refine import binary


def split_touching(crops: Crops, neck: float = 0.7, min_area: float = 20) -> tuple[Crops, I64Array]:
    """Cut masks apart where they are much narrower than on both sides.

    The lobes of a mask are the peaks of the distance to its outline. Two lobes are cut apart when
    the way from one peak to the other leads through a neck that is at most ``neck`` times as wide
    as the narrower lobe; each pixel goes to the lobe it leads up to. What is smaller than
    ``min_area`` is given back to the neighbour with which it shares the longest border. Parts that
    do not touch are lobes too: without a border, small ones go to the largest lobe. The border of
    the image counts as outline.

    Args:
        crops: N masks.
        neck: Width of the neck by the width of the narrower lobe, from 0 to 1; 0 cuts only between
            parts that do not touch.
        min_area: Fewest pixels of a lobe.

    Returns:
        M >= N masks of 0 and 1 that are together the N masks, with those of one mask side by side,
        the largest first; and the mask that each comes from, of shape (M,), rising.

    Raises:
        ValueError: The neck is not between 0 and 1.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> two = np.zeros((1, 7, 15), np.uint8)
        >>> two[0, :, :7] = two[0, :, 8:] = two[0, 3, 7] = 1
        >>> lobes, sources = split_touching(from_bitmaps(two))
        >>> lobes.areas.tolist(), sources.tolist()
        ([50, 49], [0, 0])
    """
    if not 0 <= neck <= 1:
        raise ValueError(f'the neck is a fraction of the width from 0 to 1, not {neck}')
    masks = binary(crops)
    rows: list[int] = []
    pieces: list[Crops] = []
    for i in range(len(masks)):
        mask = masks.crop(i)
        # Two lobes of the wanted size do not fit into less.
        if mask.size < max(1, 2 * min_area):
            continue
        lobes = find_lobes(mask, neck, min_area)
        if lobes.max(initial=0) > 1:
            rows.append(i)
            pieces.append(_cut(masks, i, lobes))
    return _exchange(masks, rows, pieces)


def find_lobes(mask: U8Array, neck: float, min_area: float) -> I32Array:
    """Number the lobes of one mask from 1, the largest first, in an array of its shape (h, w).

    Example:
        >>> find_lobes(np.array([[1, 1, 0, 1]], np.uint8), 0.5, 1)
        array([[1, 1, 0, 2]], dtype=int32)
    """
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The outline runs half a pixel away from the middle of the outermost pixels.
    depth = np.asarray(depth, np.float64) - 0.5
    inside = np.flatnonzero(padded)
    order = inside[np.argsort(-depth.ravel()[inside], kind='stable')]
    lobes = np.zeros(padded.shape, np.int32)
    found = split_kernels.climb(depth, order, neck, lobes)
    if found > 1:
        _give_back_small(lobes, found, min_area)
    return _by_size(lobes[1:-1, 1:-1])


def _give_back_small(lobes: I32Array, found: int, min_area: float) -> None:
    """Unite small lobes with neighbours, in place, the smallest first."""
    areas = np.bincount(lobes.ravel(), minlength=found + 1)
    areas[0] = 0
    borders = np.zeros((found + 1, found + 1), np.int64)
    split_kernels.count_borders(lobes, borders)
    while True:
        alive = np.flatnonzero(areas)
        smallest = int(alive[np.argmin(areas[alive])])
        if len(alive) == 1 or areas[smallest] >= min_area:
            return
        others = alive[alive != smallest]
        # The longest border; of equals, as without any, the largest lobe.
        best = np.lexsort((areas[others], borders[smallest, others]))[-1]
        target = int(others[best])
        lobes[lobes == smallest] = target
        areas[target] += areas[smallest]
        areas[smallest] = 0
        borders[target] += borders[smallest]
        borders[:, target] += borders[:, smallest]


def _by_size(lobes: I32Array) -> I32Array:
    areas = np.bincount(lobes.ravel())
    areas[0] = 0
    order = np.argsort(-areas, kind='stable')[: np.count_nonzero(areas)]
    numbers = np.zeros(len(areas), np.int32)
    numbers[order] = np.arange(1, len(order) + 1)
    return numbers[lobes]


def _cut(masks: Crops, index: int, lobes: I32Array) -> Crops:
    count = int(lobes.max())
    wanted: NDArray[np.int32] = np.arange(1, count + 1, dtype=np.int32)
    buffer = (lobes.ravel() == wanted[:, None]).astype(np.uint8).ravel()
    boxes = masks.boxes_xyxy[[index] * count]
    return tight(buffer, boxes, masks.height, masks.width)


def _exchange(masks: Crops, rows: list[int], pieces: list[Crops]) -> tuple[Crops, I64Array]:
    """Put the pieces of some masks into their places."""
    if not rows:
        return masks, np.arange(len(masks))
    whole = np.setdiff1d(np.arange(len(masks)), rows)
    cut = np.repeat(rows, [len(piece) for piece in pieces])
    sources = np.concatenate([whole, cut])
    order = np.argsort(sources, kind='stable')
    return take(concatenate([take(masks, whole), *pieces]), order), sources[order]
