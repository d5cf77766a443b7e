"""The run-length table of the Data Science Bowl 2018: one row a nucleus, one owner a pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.submission.dsb2018_rows import HEADER, images_by_id, validate_rows
from mmnuc.evaluation.submission.fault import ValidationReport
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImages
from mmnuc.ops.codecs.rle import crops_to_counts, rles_to_crops


def encode(results: Sequence[ImageResult], images: BoardImages) -> bytes:
    """Write the table: images in the json's order, the most confident nucleus first.

    The board takes one owner a pixel: where nuclei overlap, the one with the higher score keeps
    the pixels, among equal scores the earlier one. A nucleus that loses all its pixels gets no
    row; an image without nuclei gets one row without runs.

    Args:
        results: One result for every image, in any order.
        images: The images of the board; the ImageId is the file name without its suffix, with its
            folders where these tell images apart.

    Returns:
        The file's content.

    Raises:
        ValueError: Results do not cover the images, or a mask is no run-length code.

    Example:
        >>> from mmnuc.evaluation.submission.images import BoardImage
        >>> images = BoardImages((BoardImage(1, 'a.png', 2, 3), BoardImage(2, 'b.png', 2, 3)))
        >>> found = ImageResult(1, 'a.png', 2, 3, [{'size': [2, 3], 'counts': '312'}],
        ...                     np.array([0.5]), np.array([0]), np.array([[1, 1, 2, 2]]))
        >>> none = ImageResult(2, 'b.png', 2, 3, [], np.zeros(0), np.zeros(0, int),
        ...                    np.zeros((0, 4)))
        >>> print(encode([found, none], images).decode(), end='')
        ImageId,EncodedPixels
        a,4 1
        b,
    """
    lines = [HEADER]
    ids = images_by_id(images)
    if len(ids) < len(images.images):
        raise ValueError('several images have one name: give every image a name of its own')
    for name, (_, result) in zip(ids, images.in_order(results), strict=True):
        rows = [' '.join(map(str, runs.ravel().tolist())) for runs in owned_runs(result)]
        lines += [f'{name},{row}' for row in rows or ['']]
    return ('\n'.join(lines) + '\n').encode()


def validate(content: bytes, images: BoardImages) -> ValidationReport:
    """Check a table.

    Args:
        content: The file.
        images: The images of the board.

    Returns:
        Every fault by line, and the number of nuclei by image.
    """
    return validate_rows(content, images)


def owned_runs(result: ImageResult) -> list[NDArray[np.int64]]:
    """Give every pixel to one nucleus and list what each keeps, the most confident first.

    Args:
        result: One image's nuclei, which may overlap.

    Returns:
        For each nucleus that keeps a pixel its runs (start, length) down the columns, counted
        from 1, shape (runs, 2).

    Example:
        Two masks share the second pixel; the one with the higher score keeps it:

        >>> rles = [{'size': [1, 4], 'counts': '022'}, {'size': [1, 4], 'counts': '121'}]
        >>> result = ImageResult(1, '', 1, 4, rles, np.array([0.8, 0.9]), np.zeros(2, int),
        ...                      np.zeros((2, 4)))
        >>> [runs.tolist() for runs in owned_runs(result)]
        [[[2, 2]], [[1, 1]]]
    """
    order = np.array(result.by_score(), dtype=np.int64)
    owner = np.zeros(result.height * result.width + 2, dtype=np.int64)
    pixels, ranks = _pixels(result, order)
    # The last write wins, so the most confident nucleus comes last.
    owner[1 + pixels[::-1]] = ranks[::-1] + 1
    changes = np.flatnonzero(np.diff(owner))
    lengths = np.diff(changes)
    starts, owners = changes[:-1] + 1, owner[changes[:-1] + 1]
    inside = owners > 0
    by_owner = np.argsort(owners[inside], kind='stable')
    runs = np.stack([starts[inside], lengths[inside]], axis=1)[by_owner]
    _, firsts = np.unique(owners[inside][by_owner], return_index=True)
    return [part for part in np.split(runs, firsts[1:]) if len(part)]


def _pixels(
    result: ImageResult, order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions down the columns of all mask pixels, and the rank of the mask of each."""
    ordered = [result.rles[i] for i in order]
    counts, offsets = crops_to_counts(rles_to_crops(ordered, result.height, result.width))
    ends = np.cumsum(counts)
    place = np.arange(len(counts)) - np.repeat(offsets[:-1], np.diff(offsets))
    mask_of_run = np.repeat(np.arange(len(order)), np.diff(offsets))
    nuclei = place % 2 == 1
    # Every mask fills the whole image, so earlier masks shift the ends by whole images.
    size = result.height * result.width
    starts = (ends - counts - mask_of_run * size)[nuclei]
    lengths = counts[nuclei]
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + within, np.repeat(mask_of_run[nuclei], lengths)
