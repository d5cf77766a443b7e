"""All scores of a set of images from one call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.bootstrap import N_RESAMPLES, resample_images, resampled_means
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.functional.nuclei_scores import NucleiScores
from mmnuc.evaluation.scorecard.card import Number, Scorecard
from mmnuc.evaluation.scorecard.coco_part import coco_numbers
from mmnuc.evaluation.scorecard.label_map_part import score_each

SCORE_THRESHOLD = 0.5


def score_images(
    images: Sequence[ImageInfo],
    gt: GroundTruth,
    pred: Predictions,
    *,
    num_classes: int = 1,
    kinds: Sequence[str] = ('segm', 'bbox'),
    caps: Sequence[int | None] = (100, None),
    score_threshold: float = SCORE_THRESHOLD,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Scorecard:
    """Score predictions in every way at once.

    COCO's numbers take every prediction, in the order of confidence. The numbers ``nuclei/...``
    look at the predictions from ``score_threshold`` on, each image by itself, and average over
    images, as HoVer-Net's code does; an image on which there is nothing to measure (NaN) is left
    out of that mean.

    Args:
        images: The images scored, also those without any instance.
        gt: Their true instances.
        pred: Their predicted instances.
        num_classes: Number of classes; the numbers ``nuclei/...`` do not tell classes apart.
        kinds: ``'segm'``, ``'bbox'`` or both, for COCO's numbers.
        caps: Detections of each class in each image that count for COCO; ``None`` for all.
        score_threshold: Confidence from which a prediction counts for ``nuclei/...``.
        n_resamples: Bootstrap resamples of the images for the confidence intervals; 0 for none.
        seed: Resamples are the same for the same seed.

    Returns:
        All scores.

    Raises:
        ValueError: There is no image, two share an id, or an instance belongs to none of them.

    Example:
        >>> rle = {'size': [1, 2], 'counts': '02'}
        >>> one, box = np.array([5]), np.array([[0.0, 0, 2, 1]])
        >>> gt = GroundTruth(one, one * 0, [rle], box, np.array([2.0]), np.array([False]))
        >>> pred = Predictions(one, one * 0, [rle], box, np.array([0.9]))
        >>> card = score_images([ImageInfo(5, 'a.png', 1, 2)], gt, pred, n_resamples=0)
        >>> card.scores['nuclei/aji'], card.scores['coco/segm_mAP_50'].__round__(9)
        (1.0, 1.0)
    """
    _check(images, gt, pred)
    each = score_each(images, gt, pred, score_threshold)
    weights = resample_images(len(images), n_resamples, seed)
    scores, resampled = _nuclei(each, weights)
    upper_bounds: dict[str, float] = {}
    for kind in kinds:
        numbers = coco_numbers(
            *(images, gt, pred), kind=kind, num_classes=num_classes, caps=caps, weights=weights
        )
        for key, value, values, upper_bound in numbers:
            scores[key], resampled[key] = value, values
            if upper_bound is not None:
                upper_bounds[key] = upper_bound
    settings = dict(score_threshold=score_threshold, n_resamples=n_resamples, seed=seed)
    settings['images'] = len(images)
    rows = [_row(*one) for one in zip(images, each, strict=True)]
    return Scorecard(scores, resampled, upper_bounds, rows, settings)


def _nuclei(
    each: Sequence[NucleiScores], weights: NDArray[np.float64]
) -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    names = [f'nuclei/{name}' for name in each[0].as_dict()]
    table = np.array([list(one.as_dict().values()) for one in each], np.float64)
    whole = resampled_means(table, np.ones((1, len(each))))[0]
    columns = resampled_means(table, weights).T
    return dict(zip(names, whole.tolist(), strict=True)), dict(zip(names, columns, strict=True))


def _row(image: ImageInfo, found: NucleiScores) -> dict[str, Number]:
    counts = dict(gt=found.gt_count, pred=found.pred_count)
    return dict(image_id=image.id, file_name=image.file_name, **counts, **found.as_dict())


def _check(images: Sequence[ImageInfo], gt: GroundTruth, pred: Predictions) -> None:
    ids = [image.id for image in images]
    if not ids:
        raise ValueError('no images to score')
    if len(set(ids)) < len(ids):
        raise ValueError(f'{len(ids)} images share {len(set(ids))} ids')
    for side, name in ((gt.images, 'true'), (pred.images, 'predicted')):
        foreign = np.setdiff1d(side, ids)
        if len(foreign):
            raise ValueError(f'{name} instances of unknown images: {foreign[:10].tolist()}')
