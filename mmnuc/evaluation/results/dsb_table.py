"""Predictions in the Data Science Bowl's table: a line a nucleus, runs down the columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.columns import Columns, from_rles, joined
from mmnuc.evaluation.results.truth import Truth
from mmnuc.evaluation.submission.dsb2018_rows import image_runs, validate_rows
from mmnuc.evaluation.submission.images import BoardImage, BoardImages
from mmnuc.ops.codecs.rle import Rle


def read_dsb_table(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions, all equally sure.

    Args:
        path: The CSV, with ``ImageId`` and ``EncodedPixels``.
        truth: The ground truth, whose file names without suffix are the ids.

    Returns:
        The predictions, and the ids of the images that the table speaks of.

    Raises:
        UserError: The table has faults; the first ones are named.
    """
    truth.require_names()
    content = path.read_bytes()
    board = BoardImages(tuple(BoardImage(*image) for image in truth.images))
    # A table of some of the images is scored; which are missing is said elsewhere.
    faults = [f for f in validate_rows(content, board).errors if f.problem != 'has no row']
    if faults:
        said = '; '.join(fault.text for fault in faults[:3])
        raise UserError(f'{path} has {len(faults)} faults: {said}')
    runs = image_runs(content, board)
    parts = [_columns(truth.by_name[name], own) for name, own in runs.items()]
    return joined(parts).predictions(), {truth.by_name[name].id for name in runs}


def _columns(image: ImageInfo, nuclei: list[NDArray[np.int64]]) -> Columns:
    return from_rles([runs_to_rle(runs, image.height, image.width) for runs in nuclei], image.id)


def runs_to_rle(runs: NDArray[np.int64], height: int, width: int) -> Rle:
    """Turn starts, counted from 1, and lengths into compressed RLE.

    Example:
        >>> runs_to_rle(np.array([[1, 2]]), 1, 2)
        {'size': [1, 2], 'counts': '02'}
    """
    starts, lengths = runs.T
    ends = np.concatenate([[0], starts - 1 + lengths])
    counts = np.stack([starts - 1 - ends[:-1], lengths], axis=1).ravel().tolist()
    rest = height * width - int(ends[-1])
    counts += [rest] if rest else []
    return segmentation_to_rle({'size': [height, width], 'counts': counts}, height, width)
