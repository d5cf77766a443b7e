"""One owner a pixel: masks that overlap, made to share no pixel."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_U8, U8, kernel
from mmnuc.ops.crops import Crops, tight
from mmnuc.ops.overlap.masks import overlaps


def resolve_overlaps(crops: Crops, scores: NDArray[np.floating] | None = None) -> Crops:
    """Give each pixel to the most confident mask that covers it.

    Only masks that overlap others are touched; a mask may end up in several parts or empty.

    Args:
        crops: N masks.
        scores: Confidence of each, of shape (N,). Among equals, and without scores, the earlier
            mask owns the pixel.

    Returns:
        N masks of 0 and 1 in the same order that share no pixel.

    Raises:
        ValueError: There are not N scores, or some are not a number.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 1, 0]], [[0, 1, 1]]], np.uint8))
        >>> resolve_overlaps(crops).boxes_xyxy.tolist()
        [[0, 0, 2, 1], [2, 0, 3, 1]]
        >>> resolve_overlaps(crops, np.array([0.5, 0.9])).boxes_xyxy.tolist()
        [[0, 0, 1, 1], [1, 0, 3, 1]]
    """
    rank = _ranks(len(crops), scores)
    pairs = overlaps(crops)
    if not len(pairs):
        return crops
    first_wins = rank[pairs.rows] < rank[pairs.cols]
    winners = np.where(first_wins, pairs.rows, pairs.cols)
    losers = np.where(first_wins, pairs.cols, pairs.rows)
    buffer = (crops.buffer != 0).astype(np.uint8)
    _take_away(crops.buffer, crops.offsets, crops.boxes_xyxy, winners, losers, buffer)
    return tight(buffer, crops.boxes_xyxy, crops.height, crops.width)


def _ranks(count: int, scores: NDArray[np.floating] | None) -> I64Array:
    """Place of each mask, the strongest claim first."""
    ranks = np.arange(count)
    if scores is None:
        return ranks
    scores = np.asarray(scores, np.float64)
    if scores.shape != (count,) or np.isnan(scores).any():
        raise ValueError(f'{count} masks need {count} scores, not {scores.shape} or NaN')
    ranks[np.argsort(-scores, kind='stable')] = np.arange(count)
    return ranks


@kernel(types.void(U8, I64, BOXES, I64, I64, OUT_U8))
def _take_away(
    masks: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    winners: I64Array,
    losers: I64Array,
    out: U8Array,
) -> None:
    for pair in range(len(winners)):
        a, b = winners[pair], losers[pair]
        ax1, ay1, ax2, ay2 = boxes_xyxy[a]
        bx1, by1, bx2, by2 = boxes_xyxy[b]
        x1, x2 = max(ax1, bx1), min(ax2, bx2)
        for y in range(max(ay1, by1), min(ay2, by2)):
            in_a = offsets[a] + (y - ay1) * (ax2 - ax1) - ax1
            in_b = offsets[b] + (y - by1) * (bx2 - bx1) - bx1
            for x in range(x1, x2):
                if masks[in_a + x]:
                    out[in_b + x] = 0
