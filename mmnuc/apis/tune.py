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
class Trial:
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
    """A search for the settings of prediction.

    Attributes:
        best: The best trial; of equals the one with the lowest threshold, then the smallest area.
        tried: All trials, in the order of thresholds and areas.
        key: The score that was to be maximised.
    """

    best: Trial
    tried: tuple[Trial, ...]
    key: str

    def table(self) -> str:
        """Lay out the search, and say where in a config the best threshold belongs.

        Example:
            >>> trial = Trial(0.35, 10, 1.0)
            >>> print(TuningResult(trial, (trial,), 'nuclei/pq').table())  # doctest: +ELLIPSIS
            threshold  min area  nuclei/pq
                 0.35        10  1.0000  <- best
            <BLANKLINE>
            in the config: model.test_cfg.rcnn.score_thr=0.35, and ... of mmnuc.NucleiMetric
        """
        lines = [f'{"threshold":>9}{"min area":>10}  {self.key}']
        for one in self.tried:
            mark = '  <- best' if one is self.best else ''
            lines.append(f'{one.score_threshold:9.2f}{one.min_area:10d}  {one.score:.4f}{mark}')
        threshold = self.best.score_threshold
        lines.append(
            f'\nin the config: model.test_cfg.rcnn.score_thr={threshold}, and '
            f'score_threshold={threshold} of mmnuc.NucleiMetric'
        )
        return '\n'.join(lines)


def tune(
    gt: str | Path,
    pred: str | Path,
    key: str = 'nuclei/pq',
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    min_areas: Sequence[int] = (0,),
    images: str | Path | None = None,
) -> TuningResult:
    """Find the score threshold and the smallest area that maximise a score.

    Args:
        gt: Ground truth of the validation images: a COCO json, or label maps or outlines of other
            tools.
        pred: Predictions on them, unfiltered.
        key: The score to maximise, one of ``nuclei/...``; COCO's take every prediction.
        thresholds: Score thresholds to try.
        min_areas: Smallest areas in pixels to try.
        images: The images, where nothing else says how large they are.

    Returns:
        The best setting and all that were tried.

    Raises:
        UserError: A file does not fit, or there is no such score to tune.
    """
    truth = read_ground_truth(gt, images=images, results=pred)
    predictions, _ = read_predictions(pred, truth)
    areas = _areas(truth, predictions)
    tried = []
    for threshold in sorted(thresholds):
        for area in sorted(min_areas):
            score = _score(truth, _kept(predictions, areas >= area), threshold, key)
            tried.append(Trial(threshold, area, score))
    if not tried:
        raise UserError('name at least one threshold and one smallest area to try')
    # Distances are better when smaller; where there is nothing to measure, nothing is best.
    sign = -1 if key.startswith('nuclei/hausdorff') else 1
    best = max(tried, key=lambda one: -np.inf if np.isnan(one.score) else sign * one.score)
    return TuningResult(best, tuple(tried), key)


def _score(truth: Truth, pred: Predictions, threshold: float, key: str) -> float:
    card = score_images(
        truth.images, truth.gt, pred, kinds=(), score_threshold=threshold, n_resamples=0
    )
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
