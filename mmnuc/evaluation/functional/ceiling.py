"""The best score a perfect answer can get when only so many detections count."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmnuc.evaluation.functional.coco_matching import ABSENT, RECALL_POINTS


def score_ceiling(gt_counts: ArrayLike, cap: int | None) -> float:
    """COCO AP of a perfect answer of which ``cap`` detections an image count.

    Every detection that counts is right, so precision is 1 up to the recall that the cap allows
    and 0 beyond it. The value is the same at every IoU threshold, so it bounds AP50 as well as AP.

    Args:
        gt_counts: True instances of each image, shape (images,), or of each image and class,
            shape (images, classes), crowds not counted. Classes without an instance are left out,
            as COCO does.
        cap: Detections that count for each class in each image; ``None`` is no cap.

    Returns:
        The ceiling, 0 to 1. Without any true instance there is nothing to score: -1, COCO's value.

    Raises:
        ValueError: A cap below 1 or a negative count.

    Example:
        The VRDL 2021 board, 2,360 nuclei in six tiles with more than 100 in each:

        >>> round(score_ceiling([400, 390, 380, 400, 395, 395], 100), 5)
        0.25743
        >>> score_ceiling([99, 100, 0], 100), score_ceiling([5000], None)
        (1.0, 1.0)
        >>> score_ceiling([0, 0], 100)
        -1.0
    """
    counts = np.asarray(gt_counts, dtype=np.int64)
    if counts.ndim < 2:
        counts = counts.reshape(-1, 1)
    if counts.min(initial=0) < 0 or (cap is not None and cap < 1):
        raise ValueError(f'counts {counts.min(initial=0)} or more, cap {cap}')
    totals = counts.sum(axis=0)
    found = (counts if cap is None else np.minimum(counts, cap)).sum(axis=0)
    present = totals > 0
    if not present.any():
        return ABSENT
    recall = found[present] / totals[present]
    reached = RECALL_POINTS[:, None] <= recall
    return float(reached.mean())
