"""Colours for instances: few, far apart, and never the same on two neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PALETTE: NDArray[np.uint8] = np.array(
    [
        (255, 230, 0),  # yellow
        (0, 235, 255),  # cyan
        (255, 130, 0),  # orange
        (40, 240, 40),  # green
        (255, 255, 255),  # white
        (115, 165, 255),  # sky
    ],
    dtype=np.uint8,
)
"""RGB, all bright: seen on dark nuclei, pink stroma and black. Red, blue and violet are not."""

# Redmean: a cheap distance between RGB colours that follows the eye well enough for a handful.
_WEIGHTS = np.array([2.5, 4.0, 2.5])
_CLEARLY_DIFFERENT = 250.0


def instance_colors(boxes_xyxy: NDArray[Any], margin: int = 4) -> NDArray[np.uint8]:
    """Choose a colour for each instance, far from the colours of the instances around it.

    The choice depends on the boxes alone, so the same masks look the same in every picture.

    Args:
        boxes_xyxy: Boxes of shape (N, 4), in pixels.
        margin: Boxes that come closer than this many pixels are neighbours.

    Returns:
        RGB colours of shape (N, 3).

    Example:
        >>> boxes = np.array([[0, 0, 5, 5], [5, 0, 9, 5], [90, 90, 95, 95]])
        >>> colors = instance_colors(boxes)
        >>> bool((colors[0] != colors[1]).any())
        True
    """
    around: list[list[int]] = [[] for _ in range(len(boxes_xyxy))]
    for first, second in close_pairs(boxes_xyxy, margin).tolist():
        around[second].append(first)  # first < second: first has its colour by then
    distance = np.minimum(_palette_distances(), _CLEARLY_DIFFERENT).tolist()
    count = len(PALETTE)
    chosen: list[int] = []
    for index, neighbours in enumerate(around):
        taken = [chosen[other] for other in neighbours]
        # The start moves on with each instance, or lonely ones would all be yellow.
        order = [(index + step) % count for step in range(count)]
        chosen.append(max(order, key=lambda c: min((distance[c][t] for t in taken), default=0.0)))
    return PALETTE[np.array(chosen, dtype=np.intp)]


def close_pairs(boxes_xyxy: NDArray[Any], margin: int) -> NDArray[np.int64]:
    """List the pairs of boxes that come closer than ``margin`` pixels, in x and in y.

    Args:
        boxes_xyxy: Boxes of shape (N, 4).
        margin: In pixels. ``0`` keeps the boxes that overlap.

    Returns:
        Pairs ``(first, second)`` with ``first < second``, of shape (P, 2).

    Example:
        >>> close_pairs(np.array([[0, 0, 4, 4], [50, 0, 54, 4], [5, 0, 9, 4]]), margin=2)
        array([[0, 2]])
    """
    boxes = np.asarray(boxes_xyxy, dtype=np.int64)
    order = np.argsort(boxes[:, 0], kind='stable')
    boxes = boxes[order]
    # In order of x1, the partners of a box are the run of boxes that start before it ends.
    end = np.searchsorted(boxes[:, 0], boxes[:, 2] + margin, side='left')
    length = np.maximum(end - np.arange(len(boxes)) - 1, 0)
    left = np.repeat(np.arange(len(boxes)), length)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(length) - length, length)
    near = (boxes[left, 1] < boxes[right, 3] + margin) & (boxes[right, 1] < boxes[left, 3] + margin)
    pairs = np.stack([order[left[near]], order[right[near]]], axis=1)
    return np.sort(pairs, axis=1)


def _palette_distances() -> NDArray[np.float64]:
    """Distances between the palette's colours, of shape (K, K)."""
    difference = PALETTE[:, None].astype(np.float64) - PALETTE[None]
    return np.asarray(np.sqrt((_WEIGHTS * difference**2).sum(axis=2)))
