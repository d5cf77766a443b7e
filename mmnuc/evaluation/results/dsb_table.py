"""Predictions in the Data Science Bowl's table: a line a nucleus, runs down the columns.

Tables that other tools write differ in their first line and may have more columns
(``ImageId,EncodedPixels,Height,Width,Usage`` of the Bowl's own solution). An image is named with or
without its suffix, and with its folders where these tell images apart.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.columns import Columns, from_rles, joined
from mmnuc.evaluation.results.truth import Truth
from mmnuc.evaluation.submission.dsb2018_rows import HEADER, image_runs, validate_rows
from mmnuc.evaluation.submission.images import BoardImage, BoardImages
from mmnuc.ops.codecs.rle import Rle

_log = logging.getLogger(__name__)

# What the two columns are called, without case, spaces and underscores.
_IMAGE = ('imageid', 'image', 'imagename', 'img', 'imgid', 'filename', 'id', 'name')
_RUNS = (
    'encodedpixels',
    'rle',
    'rlemask',
    'maskrle',
    'pixels',
    'encodings',
    'mask',
    'segmentation',
)
# Columns that say how sure nuclei are, which the table of the Bowl does not have.
_SCORES = ('score', 'scores', 'confidence', 'conf', 'probability', 'prob')
# What stands for no nucleus.
_NONE = ('', 'nan', 'none', 'null', '-1')


def read_dsb_table(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions, all equally sure.

    Args:
        path: The CSV, with ``ImageId`` and ``EncodedPixels``; an image with an empty row has no
            nucleus.
        truth: The ground truth, whose file names are the ids.

    Returns:
        The predictions, and the ids of the images that the table speaks of.

    Raises:
        UserError: The table has faults; the first ones are named.
    """
    # Images are their numbers here: names that differ in folders alone stay apart.
    board = BoardImages(
        tuple(BoardImage(i.id, f'{i.id}.png', i.height, i.width) for i in truth.images)
    )
    content = _plain_table(path, truth)
    faults = [f for f in validate_rows(content, board).errors if f.problem != 'has no row']
    if faults:
        by_id = {str(image.id): image.file_name for image in truth.images}
        said = '; '.join(
            f'{fault.where}, {by_id.get(fault.image, fault.image)}: {fault.problem}'
            for fault in faults[:3]
        )
        raise UserError(f'{path} has {len(faults)} faults: {said}')
    runs = image_runs(content, board)
    by_number = {str(image.id): image for image in truth.images}
    parts = [_columns(by_number[name], own) for name, own in runs.items()]
    return joined(parts).predictions(), {by_number[name].id for name in runs}


def _plain_table(path: Path, truth: Truth) -> bytes:
    """The table with two columns, and the ids of the ground truth for names, line by line."""
    try:
        text = path.read_bytes().decode('utf-8-sig')
        header, *rows = [*csv.reader(io.StringIO(text), delimiter=_delimiter(text))] or [[]]
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise UserError(f'{path} is no table in UTF-8 with commas: {error}') from None
    image, runs = _column(header, _IMAGE), _column(header, _RUNS)
    if image is None or runs is None or image == runs:
        raise UserError(f'{path}: the header is {",".join(header)[:80]!r}; wanted are {HEADER!r}')
    if (score := _column(header, _SCORES)) is not None:
        _log.warning(
            '%s: its column %s is not read: nuclei of a table are equally sure', path, header[score]
        )
    lines, ids = [HEADER], {'': ''}
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) <= max(image, runs):
            raise UserError(
                f'{path}, line {number}: {len(row)} fields, the header has {len(header)}'
            )
        if row[image] not in ids:
            ids[row[image]] = str(_image(path, number, row[image], truth).id)
        pixels = row[runs].strip()
        lines.append(f'{ids[row[image]]},{"" if pixels.lower() in _NONE else pixels}')
    return ('\n'.join(lines) + '\n').encode()


def _delimiter(text: str) -> str:
    first = text.partition('\n')[0]
    return max((',', ';', '\t'), key=first.count)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """Place of the column that is called one of the names, the first of them that there is."""
    found = [text.strip().lower().replace('_', '').replace(' ', '') for text in header]
    return next((found.index(name) for name in names if name in found), None)


def _image(path: Path, number: int, name: str, truth: Truth) -> ImageInfo:
    try:
        # A name without a suffix may have dots of its own.
        image = truth.find(f'{name.strip()}.png') or truth.find(name.strip())
    except UserError as error:
        raise UserError(f'{path}, line {number}: {error}') from None
    if image is None:
        raise UserError(f'{path}, line {number}: {name!r} is no image of the ground truth')
    return image


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
