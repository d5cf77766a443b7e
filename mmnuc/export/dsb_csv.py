"""The run-length table of the Data Science Bowl 2018, for one image, written as it is encoded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mmnuc.annotations.names import distinct_names
from mmnuc.atomic import atomic_path
from mmnuc.export.exported import Exported
from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs.rle import crops_to_counts
from mmnuc.ops.overlap.resolve import resolve_overlaps

HEADER = 'ImageId,EncodedPixels'
_CHUNK_SIZE = 1000


def write_dsb_csv(path: Path, nuclei: Exported, image_id: str) -> None:
    """Write the table as :mod:`mmnuc.evaluation.submission.dsb2018` does: one owner a pixel.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        image_id: Name of the image, without its suffix.
    """
    with path.open('w', encoding='utf-8') as file:
        file.write(f'{HEADER}\n')
        found = False
        for row in runs(nuclei):
            file.write(f'{image_id},{row}\n')
            found = True
        if not found:
            file.write(f'{image_id},\n')


def runs(nuclei: Exported) -> Iterator[str]:
    """Give the runs of each nucleus that keeps a pixel, the most confident first.

    Whose pixels they are is found for all nuclei together, which takes a kilobyte for each.

    Yields:
        Start and length of each run, down the columns and counted from 1.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> crops = crop_ops.from_bitmaps(np.array([[[0, 0, 1, 1]], [[0, 1, 1, 0]]], np.uint8))
        >>> list(runs(Nuclei.of_crops(crops, [0.8, 0.9])))
        ['2 2', '4 1']
    """
    scores = np.asarray(nuclei.scores, np.float64)
    owned = resolve_overlaps(nuclei.crops, scores)
    order = np.argsort(-scores, kind='stable')
    order = order[np.diff(owned.offsets)[order] > 0]
    for start in range(0, len(order), _CHUNK_SIZE):
        counts, offsets = crops_to_counts(crop_ops.take(owned, order[start : start + _CHUNK_SIZE]))
        for first, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            own = counts[first:end]
            starts = np.cumsum(own)[0:-1:2] + 1
            pairs = np.stack([starts, own[1::2]], axis=1)
            yield ' '.join(map(str, pairs.ravel().tolist()))


def join_dsb_csv(path: str | Path, parts: Iterable[Path]) -> None:
    """Make one table of several that hold an image each.

    Images of one name keep the folders of their parts, so that their rows stay apart.

    Args:
        path: The file to write.
        parts: Files that :func:`write_dsb_csv` wrote.
    """
    parts = list(parts)
    with atomic_path(path) as temporary, temporary.open('w', encoding='utf-8') as file:
        file.write(f'{HEADER}\n')
        for part, folder in zip(parts, _folders(parts), strict=True):
            with part.open(encoding='utf-8') as lines:
                next(lines)
                file.writelines(f'{folder}{line}' for line in lines)


def _folders(parts: Sequence[Path]) -> list[str]:
    """What goes before the name of each image: nothing, where its name is its own."""
    if len(parts) < 2:
        return [''] * len(parts)
    above = Path(os.path.commonpath(parts))
    names = distinct_names(part.relative_to(above).as_posix() for part in parts)
    return [name[: name.rfind('/') + 1] for name in names]
