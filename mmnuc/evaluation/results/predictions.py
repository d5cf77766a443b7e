"""Reading predictions, whatever tool wrote them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import Predictions
from mmnuc.evaluation.results.annotation_files import (
    KNOWN,
    is_annotation_file,
    read_annotation_results,
)
from mmnuc.evaluation.results.coco_results import read_coco_results
from mmnuc.evaluation.results.dsb_table import read_dsb_table
from mmnuc.evaluation.results.pickled import read_pickle
from mmnuc.evaluation.results.truth import Truth

_log = logging.getLogger(__name__)

Reader: TypeAlias = Callable[[Path, Truth], tuple[Predictions, set[int]]]

# By the suffix of the file; a folder holds a file an image.
READERS: dict[str, Reader] = {
    '.json': read_coco_results,
    '.csv': read_dsb_table,
    '.pkl': read_pickle,
    '.pickle': read_pickle,
}


def read_predictions(path: str | Path, truth: Truth) -> tuple[Predictions, list[str]]:
    """Read predictions.

    Args:
        path: COCO results or annotations (``.json``, also a board's ``answer.json``), the Data
            Science Bowl's table (``.csv``), what ``mmnuc test --out`` writes (``.pkl``), or a
            folder of label maps or outlines of other tools, or one such file.
        truth: The ground truth, which says what images and classes there are.

    Returns:
        The predictions, and the names of the images that the file does not mention: they count as
        images on which nothing was found.

    Raises:
        UserError: There is no such file, it is of another kind, damaged, or does not fit.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f'no such results: {path}')
    if path.is_dir() or is_annotation_file(path):
        pred, mentioned = read_annotation_results(path, truth)
    elif path.suffix.lower() not in READERS:
        known = ', '.join(READERS)
        raise UserError(f'{path}: results are {known} files, or one or a folder of {KNOWN} files')
    else:
        pred, mentioned = READERS[path.suffix.lower()](path, truth)
    _doubt_scores(path, pred.scores)
    return pred, [image.file_name for image in truth.images if image.id not in mentioned]


def _doubt_scores(path: Path, scores: NDArray[np.floating]) -> None:
    """Say that scores are not from 0 to 1, as the thresholds of all scores take them to be."""
    if len(scores) and not 0 <= float(scores.min()) <= float(scores.max()) <= 1:
        _log.warning(
            '%s: its scores go from %g to %g, not from 0 to 1: name the least that counts with '
            '--score-thr',
            path,
            scores.min(),
            scores.max(),
        )
