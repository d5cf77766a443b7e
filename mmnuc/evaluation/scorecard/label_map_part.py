"""The scores of pixels and their owners, image by image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.functional.nuclei_scores import NucleiScores, nuclei_scores
from mmnuc.ops.codecs.rle import rles_to_crops


def score_each(
    images: Sequence[ImageInfo], gt: GroundTruth, pred: Predictions, score_threshold: float
) -> list[NucleiScores]:
    """Score every image by itself.

    Crowds are no nuclei. Predictions below the threshold do not count, and where predictions
    overlap the more confident one owns the pixel.

    Args:
        images: The images.
        gt: True instances of these images.
        pred: Predicted instances of these images.
        score_threshold: Confidence from which a prediction counts.

    Returns:
        The scores, in the order of ``images``.
    """
    ids = [image.id for image in images]
    gt_rows = rows_of(gt.images, ids, ~gt.crowd)
    pred_rows = rows_of(pred.images, ids, pred.scores >= score_threshold)
    found = []
    for image, own_gt, own_pred in zip(images, gt_rows, pred_rows, strict=True):
        size = image.height, image.width
        truth = rles_to_crops([gt.rles[i] for i in own_gt], *size)
        guess = rles_to_crops([pred.rles[i] for i in own_pred], *size)
        found.append(nuclei_scores(truth, guess, pred.scores[own_pred]))
    return found


def rows_of(
    images: NDArray[np.integer], ids: Sequence[int], counted: NDArray[np.bool_]
) -> list[NDArray[Any]]:
    """List the counted instances of each image.

    Example:
        >>> rows_of(np.array([7, 3, 7]), [3, 7], np.array([True, True, False]))
        [array([1]), array([0])]
    """
    rows = np.flatnonzero(counted)
    order = rows[np.argsort(images[rows], kind='stable')]
    starts = np.searchsorted(images[order], ids, side='left')
    stops = np.searchsorted(images[order], ids, side='right')
    return [order[start:stop] for start, stop in zip(starts, stops, strict=True)]
