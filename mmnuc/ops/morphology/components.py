"""The connected parts of masks, or of the background inside of their boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import types

from mmnuc.ops.arrays import BoolArray, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, INT, OUT_I32, OUT_I64, U8, kernel
from mmnuc.ops.crops import Crops

_OUT_FLAGS = types.Array(types.boolean, 1, 'C')


@dataclass(frozen=True)
class Parts:
    """P parts of N masks, mask after mask, each in the order of its first pixel.

    Args:
        numbers: The part of every value of the crops' buffer, counted from 1, of shape (M,); 0 is
            what was not asked for.
        masks: Mask of each part, of shape (P,), rising.
        areas: Pixels of each, of shape (P,).
        at_edge: Whether a part reaches the edge of its crop, of shape (P,).
    """

    numbers: I32Array
    masks: I64Array
    areas: I64Array
    at_edge: BoolArray

    def __len__(self) -> int:
        return len(self.masks)

    def pixels(self, chosen: BoolArray) -> BoolArray:
        """Mark the pixels of some parts, chosen by P booleans, in the crops' buffer (M,)."""
        return np.concatenate([[False], chosen])[self.numbers]


def connected_components(crops: Crops) -> Parts:
    """Find the parts of each mask; pixels that touch at a corner belong together.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 0, 0, 1], [0, 1, 0, 1]]], np.uint8))
        >>> connected_components(crops).areas.tolist()
        [2, 2]
    """
    return _parts(crops, (crops.buffer != 0).astype(np.uint8), corners=True)


def holes_of(crops: Crops) -> Parts:
    """Find the parts of the background in each crop; pixels must share a side to belong together.

    What reaches the edge of a tight crop is the outside of the mask; the others are holes.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> ring = np.array([[[1, 1, 1], [1, 0, 1], [0, 1, 1]]], np.uint8)
        >>> holes_of(from_bitmaps(ring)).at_edge.tolist()
        [False, True]
    """
    return _parts(crops, (crops.buffer == 0).astype(np.uint8), corners=False)


def _parts(crops: Crops, inside: U8Array, corners: bool) -> Parts:
    numbers = np.zeros(len(inside), np.int32)
    areas, masks = np.empty((2, len(inside)), np.int64)
    at_edge = np.zeros(len(inside), np.bool_)
    largest = int(np.diff(crops.offsets).max(initial=0))
    stack = np.empty(largest, np.int64)
    arguments = (inside, crops.offsets, crops.boxes_xyxy, corners)
    found = _flood_all(*arguments, stack, numbers, masks, areas, at_edge)
    # Copies, so that the room for as many parts as pixels is given back.
    return Parts(numbers, masks[:found].copy(), areas[:found].copy(), at_edge[:found].copy())


@kernel(INT(U8, INT, INT, INT, types.boolean, INT, INT, OUT_I64, OUT_I32))
def _flood(
    inside: U8Array,
    start: int,
    h: int,
    w: int,
    corners: bool,
    seed: int,
    number: int,
    stack: I64Array,
    numbers: I32Array,
) -> int:
    """Number the pixels that hang together with the first one.

    Returns:
        How many they are; negative if some are at the edge of the crop.
    """
    area, at_edge = 0, False
    stack[0], waiting = seed, 1
    numbers[seed] = number
    while waiting:
        waiting -= 1
        pixel = stack[waiting] - start
        y, x = pixel // w, pixel % w
        area += 1
        at_edge |= (y == 0) | (x == 0) | (y == h - 1) | (x == w - 1)
        for ny in range(max(y - 1, 0), min(y + 2, h)):
            for nx in range(max(x - 1, 0), min(x + 2, w)):
                near = start + ny * w + nx
                if (corners or ny == y or nx == x) and inside[near] and not numbers[near]:
                    numbers[near] = number
                    stack[waiting] = near
                    waiting += 1
    return -area if at_edge else area


@kernel(INT(U8, I64, BOXES, types.boolean, OUT_I64, OUT_I32, OUT_I64, OUT_I64, _OUT_FLAGS))
def _flood_all(
    inside: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    corners: bool,
    stack: I64Array,
    numbers: I32Array,
    masks: I64Array,
    areas: I64Array,
    at_edge: BoolArray,
) -> int:
    found = 0
    for mask in range(len(boxes_xyxy)):
        start = offsets[mask]
        w = boxes_xyxy[mask, 2] - boxes_xyxy[mask, 0]
        h = boxes_xyxy[mask, 3] - boxes_xyxy[mask, 1]
        for seed in range(start, offsets[mask + 1]):
            if inside[seed] and not numbers[seed]:
                masks[found] = mask
                area = _flood(inside, start, h, w, corners, seed, found + 1, stack, numbers)
                areas[found], at_edge[found] = abs(area), area < 0
                found += 1
    return found
