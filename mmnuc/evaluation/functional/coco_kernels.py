"""The compiled loops of :mod:`mmnuc.evaluation.functional.coco_matching`."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.compiled import FLOAT, I64, OUT_U8, U8, kernel, read_only

_OUT_F64 = types.Array(types.float64, 1, 'C')
_F64 = read_only(_OUT_F64)

WRONG, RIGHT, IGNORED = 0, 1, 2
_SMALLEST = np.spacing(1)


@kernel(types.void(I64, I64, _F64, U8, U8, U8, FLOAT, OUT_U8))
def match(
    starts: NDArray[np.int64],
    gts: NDArray[np.int64],
    ious: NDArray[np.float64],
    crowd: NDArray[np.uint8],
    gt_ignored: NDArray[np.uint8],
    pred_ignored: NDArray[np.uint8],
    threshold: float,
    out: NDArray[np.uint8],
) -> None:
    """Match predictions, the most confident first, as ``COCOeval.evaluateImg`` does.

    Args:
        starts: Where the pairs of each prediction start, of shape (M + 1,).
        gts: True instance of each pair, of shape (P,).
        ious: IoU of each pair, of shape (P,).
        crowd: Whether each true instance may be matched again, of shape (N,).
        gt_ignored: Whether each true instance is left out of the score, of shape (N,).
        pred_ignored: Whether each prediction is left out if nothing matches it, of shape (M,).
        threshold: A pair matches at this IoU or above.
        out: Receives right, wrong or ignored for each prediction, of shape (M,).
    """
    taken = np.zeros(len(crowd), np.bool_)
    for d in range(len(out)):
        best = -1
        # True instances that count come first; ignored ones only where none of them matches.
        for ignored in range(2):
            highest = min(threshold, 1 - 1e-10)
            for pair in range(starts[d], starts[d + 1]):
                g = gts[pair]
                if gt_ignored[g] != ignored or (taken[g] and not crowd[g]) or ious[pair] < highest:
                    continue
                best, highest = g, ious[pair]
            if best >= 0:
                break
        if best < 0:
            out[d] = IGNORED if pred_ignored[d] else WRONG
            continue
        taken[best] = True
        out[d] = IGNORED if gt_ignored[best] else RIGHT


@kernel(types.void(U8, _F64, FLOAT, _F64, _OUT_F64))
def precision_at_recalls(
    outcome: NDArray[np.uint8],
    weights: NDArray[np.float64],
    count: float,
    recalls: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Read the precision at each recall, as ``COCOeval.accumulate`` does.

    Args:
        outcome: Right, wrong or ignored for each prediction, the most confident first, (M,).
        weights: How often each prediction counts, of shape (M,).
        count: How many true instances count, each as often as its image, above zero.
        recalls: Rising recalls, of shape (R,).
        out: Receives the highest precision at that recall or a higher one, of shape (R,).
    """
    total = len(outcome)
    recall, precision = np.empty(total), np.empty(total)
    right = wrong = 0.0
    for i in range(total):
        if outcome[i] == RIGHT:
            right += weights[i]
        elif outcome[i] == WRONG:
            wrong += weights[i]
        recall[i] = right / count
        precision[i] = right / (right + wrong + _SMALLEST)
    for i in range(total - 1, 0, -1):
        precision[i - 1] = max(precision[i - 1], precision[i])
    i = 0
    for r in range(len(recalls)):
        while i < total and recall[i] < recalls[r]:
            i += 1
        out[r] = precision[i] if i < total else 0.0
