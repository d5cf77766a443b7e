r"""The best score a perfect answer can get when only so many detections count: its upper bound.

With $n_i$ true instances on image $i$ and a cap of $c$ detections an image, a perfect answer
reaches the recall

$$
r = \frac{\sum_i \min(n_i, c)}{\sum_i n_i}
$$

at precision 1, and COCO's average precision, read at 101 recalls, is at most
$(\lfloor 100\,r \rfloor + 1) / 101$. The protocol is that of
[Lin et al. 2014](https://arxiv.org/abs/1405.0312), whose own cap is 100.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmnuc.evaluation.functional.coco_matching import ABSENT, RECALL_POINTS


def score_upper_bound(gt_counts: ArrayLike, cap: int | None) -> float:
    """COCO AP of a perfect answer of which ``cap`` detections an image count.

    Every detection that counts is right, so precision is 1 up to the recall that the cap allows
    and 0 beyond it. The value is the same at every IoU threshold, so it bounds AP50 as well as AP.

    Args:
        gt_counts: True instances of each image, shape (images,), or of each image and class,
            shape (images, classes), crowds not counted. Classes without an instance are left out,
            as COCO does.
        cap: Detections that count for each class in each image; ``None`` is no cap.

    Returns:
        The upper bound, 0 to 1. Without any true instance there is nothing to score: -1, COCO's
        value.

    Raises:
        ValueError: A cap below 1 or a negative count.

    Example:
        The VRDL 2021 board, 2,360 nuclei in six tiles with more than 100 in each:

        >>> round(score_upper_bound([400, 390, 380, 400, 395, 395], 100), 5)
        0.25743
        >>> score_upper_bound([99, 100, 0], 100), score_upper_bound([5000], None)
        (1.0, 1.0)
        >>> score_upper_bound([0, 0], 100)
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


def nuclei_upper_bounds(gt_areas: Sequence[ArrayLike], cap: int | None) -> dict[str, float]:
    r"""The scores of label maps of a perfect answer with at most ``cap`` nuclei an image.

    Where areas count, it names the largest nuclei of each image, without a wrong pixel. With the
    areas $a_1 \ge a_2 \ge \dots \ge a_n$ of an image and $k = \min(n, c)$ of them named:

    $$
    \mathrm{AJI} = \frac{\sum_{j \le k} a_j}{\sum_j a_j},\quad
    \mathrm{PQ} = F_1 = \frac{2k}{k + n},\quad
    \mathrm{AP} = \frac{k}{n},\quad
    \mathrm{Dice} = \frac{2\,\mathrm{AJI}}{1 + \mathrm{AJI}}
    $$

    Args:
        gt_areas: Pixels of the true nuclei of each image, which share none.
        cap: Nuclei that an answer may name in an image; ``None`` is no cap.

    Returns:
        The best value of each score by the names of
        :meth:`~mmnuc.evaluation.functional.nuclei_scores.NucleiScores.as_dict` (without distances,
        of which a perfect answer has none), mean over images.

    Raises:
        ValueError: There are no images, or a cap below 1.

    Example:
        >>> found = nuclei_upper_bounds([[6, 3, 1]], cap=2)
        >>> found['aji'], found['dq'], found['ap50'], found['dice'].__round__(3)
        (0.9, 0.8, 0.6666666666666666, 0.947)
    """
    if not len(gt_areas) or (cap is not None and cap < 1):
        raise ValueError(f'{len(gt_areas)} images, cap {cap}')
    rows = [_of_one_image(np.sort(np.asarray(own, np.float64))[::-1], cap) for own in gt_areas]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _of_one_image(areas: NDArray[np.float64], cap: int | None) -> dict[str, float]:
    count = len(areas)
    found = count if cap is None else min(count, cap)
    if count == 0:
        area = share = f1 = 1.0
    else:
        area = float(areas[:found].sum() / areas.sum())
        share, f1 = found / count, 2 * found / (found + count)
    return {
        **dict.fromkeys(('aji', 'aji_plus'), area),
        **dict.fromkeys(('pq', 'dq', 'f1_50', 'f1_75'), f1),
        **dict.fromkeys(('ap50', 'ap75', 'dsb'), share),
        # Nuclei that nothing overlaps do not enter Dice over instances.
        **dict.fromkeys(('sq', 'instance_dice'), 1.0),
        'dice': 2 * area / (1 + area),
    }
