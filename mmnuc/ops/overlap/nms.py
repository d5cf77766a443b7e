"""Of masks that cover the same nucleus, keep the most confident one."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import ArrayLike

from mmnuc.ops.arrays import BoolArray, F64Array, I64Array
from mmnuc.ops.compiled import I64, kernel
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import Overlaps, overlaps

# What two masks have in common, as a fraction of both together or of the smaller one.
MEASURES: dict[str, Callable[[Overlaps], F64Array]] = {
    'iou': lambda pairs: pairs.iou,
    'smaller': lambda pairs: pairs.ios,
}


def nms(
    crops: Crops,
    scores: ArrayLike,
    threshold: float,
    *,
    by: str = 'iou',
    labels: ArrayLike | None = None,
) -> BoolArray:
    """Drop what overlaps a more confident mask that stays (non-maximum suppression).

    Args:
        crops: N masks.
        scores: Confidence of each, of shape (N,). Of equals the earlier one is taken for the more
            confident.
        threshold: A mask is dropped if it overlaps one that stays by more than this.
        by: ``'iou'`` (shared pixels by those of both together) or ``'smaller'`` (by those of the
            smaller mask, which also finds a fragment inside of a nucleus).
        labels: Class of each, of shape (N,), if masks of different classes may overlap.

    Returns:
        Which masks stay, of shape (N,). An empty mask overlaps nothing, so it stays.

    Raises:
        ValueError: There are not N scores or labels, a score is not a number, or there is no such
            measure.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 1, 0]], [[1, 1, 1]], [[0, 0, 1]]], np.uint8))
        >>> nms(crops, [0.9, 0.8, 0.7], 0.5).tolist()
        [True, False, True]
        >>> nms(crops, [0.8, 0.9, 0.7], 0.5, by='smaller').tolist()
        [False, True, False]
    """
    confidence = _one_each(crops, scores)
    order = np.argsort(-confidence, kind='stable')
    met = _Neighbours.of(crops, by, labels)
    clashes = met.strength > threshold
    before = np.concatenate([[0], np.cumsum(clashes)])
    keep = np.ones(len(crops), np.bool_)
    _suppress(order, before[met.starts], met.others[clashes], keep)
    return keep


def soft_nms(
    crops: Crops,
    scores: ArrayLike,
    *,
    method: str = 'linear',
    threshold: float = 0.3,
    sigma: float = 0.5,
    labels: ArrayLike | None = None,
) -> F64Array:
    """Lower the score of what overlaps more confident masks, instead of dropping it.

    Soft-NMS (Bodla et al., ICCV 2017) on the IoU of masks. The most confident mask is taken out,
    the scores of those left that overlap it are multiplied by ``1 - iou`` (linear, where the IoU
    is above the threshold) or by ``exp(-iou ** 2 / sigma)`` (gaussian), and so on.

    Args:
        crops: N masks.
        scores: Confidence of each, of shape (N,), not negative. Of equals the earlier one is taken
            first.
        method: ``'linear'`` or ``'gaussian'``.
        threshold: IoU above which the linear method lowers a score.
        sigma: Width of the gaussian method.
        labels: Class of each, of shape (N,), if masks of different classes may overlap.

    Returns:
        The new scores, of shape (N,).

    Raises:
        ValueError: There are not N scores or labels, a score is not a number, or there is no such
            method.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.array([[[1, 1, 1, 1]], [[0, 1, 1, 1]]], np.uint8))
        >>> soft_nms(crops, [0.8, 0.4]).tolist()
        [0.8, 0.1]
    """
    lowered = _one_each(crops, scores).copy()
    met = _Neighbours.of(crops, 'iou', labels)
    if method == 'linear':
        factors = np.where(met.strength > threshold, 1 - met.strength, 1.0)
    elif method == 'gaussian':
        factors = np.exp(-(met.strength**2) / sigma)
    else:
        raise ValueError(f"soft-NMS is 'linear' or 'gaussian', not {method!r}")
    queue = [(-float(score), mask) for mask, score in enumerate(lowered)]
    heapq.heapify(queue)
    taken = np.zeros(len(crops), np.bool_)
    while queue:
        negative, mask = heapq.heappop(queue)
        # A score that was lowered stands in the queue again, further back.
        if taken[mask] or -negative != lowered[mask]:
            continue
        taken[mask] = True
        for k in range(met.starts[mask], met.starts[mask + 1]):
            other = int(met.others[k])
            if not taken[other] and factors[k] != 1:
                lowered[other] *= factors[k]
                heapq.heappush(queue, (-float(lowered[other]), other))
    return lowered


@dataclass(frozen=True)
class _Neighbours:
    """What each mask overlaps, mask after mask.

    Args:
        starts: Where the neighbours of each mask start, of shape (N + 1,).
        others: The neighbours.
        strength: How much they overlap.
    """

    starts: I64Array
    others: I64Array
    strength: F64Array

    @classmethod
    def of(cls, crops: Crops, by: str, labels: ArrayLike | None) -> _Neighbours:
        if by not in MEASURES:
            raise ValueError(f'overlap is measured by {" or ".join(MEASURES)}, not {by!r}')
        pairs = overlaps(crops)
        rows, cols, strength = pairs.rows, pairs.cols, MEASURES[by](pairs)
        if labels is not None:
            classes = np.asarray(labels)
            if classes.shape != (len(crops),):
                raise ValueError(
                    f'{len(crops)} masks need {len(crops)} labels, not {classes.shape}'
                )
            same = classes[rows] == classes[cols]
            rows, cols, strength = rows[same], cols[same], strength[same]
        masks, others = np.concatenate([rows, cols]), np.concatenate([cols, rows])
        order = np.argsort(masks, kind='stable')
        starts = np.searchsorted(masks[order], np.arange(len(crops) + 1))
        return cls(starts, others[order], np.concatenate([strength, strength])[order])


def _one_each(crops: Crops, scores: ArrayLike) -> F64Array:
    confidence = np.asarray(scores, np.float64)
    if confidence.shape != (len(crops),) or np.isnan(confidence).any():
        seen = f'{confidence.shape} or NaN'
        raise ValueError(f'{len(crops)} masks need {len(crops)} scores, not {seen}')
    return confidence


@kernel(types.void(I64, I64, I64, types.Array(types.boolean, 1, 'C')))
def _suppress(order: I64Array, starts: I64Array, others: I64Array, keep: BoolArray) -> None:
    for mask in order:
        if keep[mask]:
            # Those before it in the order are either dropped already or do not clash with it.
            for k in range(starts[mask], starts[mask + 1]):
                keep[others[k]] = False
