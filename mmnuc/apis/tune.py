"""The settings of prediction that score best on validation results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.results import Truth, read_ground_truth, read_predictions
from mmnuc.evaluation.scorecard import score_images
from mmnuc.ops.codecs.rle import rles_to_crops
from mmnuc.ops.overlap.masks import pixel_counts

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))


@dataclass(frozen=True)
class Setting:
    """One way to choose among the predictions, and what it scores.

    Attributes:
        score_threshold: Confidence from which a prediction counts.
        min_area: Pixels from which it counts.
        score: The score.
    """

    score_threshold: float
    min_area: int
    score: float


@dataclass(frozen=True)
class TuningResult:
    """The best setting for a score, and all that were tried."""

    best: Setting
    tried: tuple[Setting, ...]
    key: str

    def table(self) -> str:
        """Lay out the search."""
        return _search_table(self.tried, self.best, self.key)


def tune(
    gt: str | Path,
    pred: str | Path,
    key: str = 'nuclei/pq',
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    min_areas: Sequence[int] = (0,),
) -> TuningResult:
    """Find the score threshold and the smallest area that maximise a score.

    Args:
        gt: Ground truth of the validation images: a COCO json, or a folder of label maps.
        pred: Predictions on them, unfiltered.
        key: The score to maximise, one of ``nuclei/...``; COCO's take every prediction.
        thresholds: Score thresholds to try.
        min_areas: Smallest areas in pixels to try.

    Returns:
        The best setting; of equals the one with the lowest threshold, then the smallest area.

    Raises:
        UserError: A file does not fit, or there is no such score to tune.
    """
    truth = read_ground_truth(gt)
    predictions, _ = read_predictions(pred, truth)
    areas = _areas(truth, predictions)
    tried = []
    for threshold in sorted(thresholds):
        for area in sorted(min_areas):
            score = _score(truth, _kept(predictions, areas >= area), threshold, key)
            tried.append(Setting(threshold, area, score))
    if not tried:
        raise UserError('name at least one threshold and one smallest area to try')
    # Distances are better when smaller; where there is nothing to measure, nothing is best.
    sign = -1 if key.startswith('nuclei/hausdorff') else 1
    best = max(tried, key=lambda one: -np.inf if np.isnan(one.score) else sign * one.score)
    return TuningResult(best, tuple(tried), key)


def _score(truth: Truth, pred: Predictions, threshold: float, key: str) -> float:
    card = score_images(truth.images, truth.gt, pred, kinds=(), score_threshold=threshold, draws=0)
    if key not in card.scores:
        known = ', '.join(card.scores)
        raise UserError(f'{key} does not depend on a score threshold; tune one of {known}')
    return card.scores[key]


def _areas(truth: Truth, pred: Predictions) -> NDArray[np.int64]:
    sizes = {image.id: (image.height, image.width) for image in truth.images}
    areas = np.zeros(len(pred.images), np.int64)
    for image in np.unique(pred.images).tolist():
        own = np.flatnonzero(pred.images == image)
        areas[own] = pixel_counts(rles_to_crops([pred.rles[i] for i in own], *sizes[image]))
    return areas


def _kept(pred: Predictions, kept: NDArray[np.bool_]) -> Predictions:
    return replace(
        pred,
        images=pred.images[kept],
        labels=pred.labels[kept],
        rles=[pred.rles[i] for i in np.flatnonzero(kept)],
        boxes_xywh=pred.boxes_xywh[kept],
        scores=pred.scores[kept],
    )


def _search_table(tried: Sequence[Setting], best: Setting, key: str) -> str:
    lines = [f'{"threshold":>9}{"min area":>10}  {key}']
    for one in tried:
        mark = '  <- best' if one is best else ''
        lines.append(f'{one.score_threshold:9.2f}{one.min_area:10d}  {one.score:.4f}{mark}')
    lines.append(
        f'\nin the config: model.test_cfg.rcnn.score_thr={best.score_threshold}, and '
        f'score_threshold={best.score_threshold} of mmnuc.NucleiMetric'
    )
    return '\n'.join(lines)
