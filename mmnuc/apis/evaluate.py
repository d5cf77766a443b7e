"""Score result files against a ground truth, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.bootstrap import N_RESAMPLES
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.results import Truth, read_ground_truth, read_predictions
from mmnuc.evaluation.scorecard import Scorecard, score_images
from mmnuc.evaluation.scorecard.score import SCORE_THRESHOLD


def evaluate(
    gt: str | Path,
    pred: str | Path,
    *,
    score_threshold: float = SCORE_THRESHOLD,
    caps: Sequence[int | None] = (100, None),
    n_resamples: int = N_RESAMPLES,
    json: str | Path | None = None,
    csv: str | Path | None = None,
    images: str | Path | None = None,
) -> Scorecard:
    """Score predictions in every way, and write what is asked for.

    Args:
        gt: Ground truth, see :func:`mmnuc.evaluation.results.ground_truth.read_ground_truth`.
        pred: Predictions from any tool, see
            :func:`mmnuc.evaluation.results.predictions.read_predictions`.
        score_threshold: Confidence from which a prediction counts for ``nuclei/...``.
        caps: Detections of each class in each image that count for COCO; ``None`` for all.
        n_resamples: Bootstrap resamples of the images for the confidence intervals.
        json: File for all numbers, with full precision.
        csv: File for a line an image.
        images: The images, where nothing else says how large they are.

    Returns:
        The scores, whose ``table()`` and ``explanation()`` are for people.

    Raises:
        UserError: A file is missing, damaged or does not fit.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name, first in (('gt', 1), ('pred', 0)):
        ...         Path(folder, name).mkdir()
        ...         np.save(Path(folder, name, 'a.npy'), np.array([[first, 1, 0, 2]]))
        ...     card = evaluate(Path(folder, 'gt'), Path(folder, 'pred'), n_resamples=0)
        >>> card.scores['nuclei/aji'].__round__(3)
        0.667
    """
    truth = read_ground_truth(gt, images=images, results=pred)
    for path in (json, csv):
        if path and not Path(path).resolve().parent.is_dir():
            raise UserError(f'cannot write {path}: there is no such folder')
    options = dict(score_threshold=score_threshold, caps=caps, n_resamples=n_resamples)
    card = score_predictions(truth, pred, **options)[1]
    for path, text in ((json, card.to_json), (csv, card.to_csv)):
        if path is not None:
            write_text(Path(path), text())
    return card


def score_predictions(
    truth: Truth, pred: str | Path, **options: Any
) -> tuple[Predictions, Scorecard]:
    """Read one file of predictions, and return them with what they score.

    Raises:
        UserError: The file is missing, damaged or does not fit.
    """
    predictions, missing = read_predictions(pred, truth)
    classes = len(truth.classes)
    try:
        card = score_images(truth.images, truth.gt, predictions, num_classes=classes, **options)
    except ValueError as error:
        raise UserError(f'{pred} can not be scored: {error}') from None
    return predictions, replace(card, missing=missing)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        UserError: It can not be written.
    """
    try:
        with atomic_path(path) as temporary:
            temporary.write_text(text)
    except OSError as error:
        raise UserError(f'cannot write {path}: {error.strerror}') from None
