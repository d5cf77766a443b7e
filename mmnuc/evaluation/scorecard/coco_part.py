"""COCO's average precision of masks and boxes, with confidence intervals and upper bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.coco_ap import CocoScores, coco_scores
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.functional.coco_matching import ABSENT, CocoMatches, match_instances
from mmnuc.evaluation.functional.upper_bound import score_upper_bound

SUFFIXES = ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')
BOARD_CAP = 100
BOARD_KEY = 'vrdl2021/ap50'


class CocoNumber(NamedTuple):
    """One number of COCO's table.

    Attributes:
        key: Its name.
        value: Its value, -1 where the ground truth has no such instance.
        resampled: Its value for each resample of the images, NaN where it has none, shape
            (n_resamples,).
        upper_bound: The best value of a perfect answer, where a cap binds.
    """

    key: str
    value: float
    resampled: NDArray[np.float64]
    upper_bound: float | None


def coco_numbers(
    images: Sequence[ImageInfo],
    gt: GroundTruth,
    pred: Predictions,
    *,
    kind: str,
    num_classes: int,
    caps: Sequence[int | None],
    weights: NDArray[np.float64],
) -> Iterator[CocoNumber]:
    """Score by COCO's protocol at each cap.

    Args:
        images: The images scored.
        gt: Their true instances.
        pred: Their predicted instances.
        kind: ``'segm'`` or ``'bbox'``.
        num_classes: Number of classes.
        caps: Detections of each class in each image that count; ``None`` for all of them.
        weights: How often each image occurs in each resample, of shape (n_resamples, images).

    Yields:
        ``coco/segm_mAP`` and its kin without a cap, ``coco/segm_mAP_max100`` and so on under one,
        and for masks the board's ``vrdl2021/ap50``.
    """
    matches = match_instances(gt, pred, kind=kind, num_classes=num_classes)
    scores = coco_scores(matches, caps)
    # Images without an instance on either side do not enter COCO's average.
    place = {image.id: number for number, image in enumerate(images)}
    columns = [place[image] for image in matches.images.tolist()]
    resampled = [coco_scores(matches, caps, weight) for weight in weights[:, columns]]
    for cap in caps:
        yield from _at_cap(scores, resampled, kind, cap, cap_upper_bound(matches, cap))


def cap_upper_bound(matches: CocoMatches, cap: int | None) -> float | None:
    """The best score under a cap that leaves a perfect answer less than 1; else ``None``."""
    best = score_upper_bound(matches.counts[0], cap)
    return None if best in (1.0, ABSENT) else best


def _at_cap(
    scores: CocoScores,
    resampled: Sequence[CocoScores],
    kind: str,
    cap: int | None,
    upper_bound: float | None,
) -> Iterator[CocoNumber]:
    summary = scores.summary(cap=cap)
    table = np.array([one.summary(cap=cap) for one in resampled])
    table = table.reshape(len(resampled), len(SUFFIXES))
    table[table == ABSENT] = np.nan
    for column, (suffix, value) in enumerate(zip(SUFFIXES, summary, strict=True)):
        # A bound is known for instances of all sizes together.
        best = upper_bound if column < 3 else None
        name = f'{kind}_{suffix}' if cap is None else f'{kind}_{suffix}_max{cap}'
        if cap is None or column < 3:
            yield CocoNumber(f'coco/{name}', value, table[:, column], best)
        if (kind, cap, suffix) == ('segm', BOARD_CAP, 'mAP_50'):
            yield CocoNumber(BOARD_KEY, value, table[:, column], best)
