"""What may be wrong with the Data Science Bowl's run-length table, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mmnuc.annotations.names import distinct_names
from mmnuc.evaluation.submission.fault import SubmissionFault, ValidationReport
from mmnuc.evaluation.submission.images import BoardImage, BoardImages

HEADER = 'ImageId,EncodedPixels'


@dataclass(frozen=True)
class TableRow:
    """One line of the table."""

    line: int
    image_id: str
    pixels: str

    def fault(self, problem: str, remedy: str) -> SubmissionFault:
        """A fault at this line."""
        return SubmissionFault(f'line {self.line}', self.image_id, problem, remedy)


def validate_rows(content: bytes, images: BoardImages) -> ValidationReport:
    """Check the table.

    Args:
        content: The file.
        images: The images of the board.

    Returns:
        Every fault by line, and the number of nuclei by image.
    """
    by_name = images_by_id(images)
    faults: list[SubmissionFault] = []
    if len(by_name) < len(images.images):
        remedy = 'give every image a name of its own'
        faults.append(SubmissionFault('images json', '', 'has several images of one name', remedy))
    rows, broken = _read(content)
    faults += broken
    if broken and not rows:
        return ValidationReport(tuple(faults), {})
    groups: dict[str, list[TableRow]] = {name: [] for name in by_name}
    for row in rows:
        groups.setdefault(row.image_id, []).append(row)
    found = [f for name, own in groups.items() for f in _image_faults(name, own, by_name)]
    faults += sorted(found, key=_line)
    counts = Counter(row.image_id for row in rows if row.pixels.strip())
    return ValidationReport(tuple(faults), {name: counts[name] for name in by_name})


def images_by_id(images: BoardImages) -> dict[str, BoardImage]:
    """The images by their ImageId: the file name without suffix, with folders where it takes them.

    Example:
        >>> names = ('p1/a.png', 'p2/a.png', 'p2/b.png')
        >>> board = BoardImages(tuple(BoardImage(i, n, 1, 1) for i, n in enumerate(names)))
        >>> list(images_by_id(board))
        ['p1/a', 'p2/a', 'b']
    """
    names = distinct_names(image.file_name.replace('\\', '/') for image in images.images)
    ids = (str(PurePosixPath(name).with_suffix('')) for name in names)
    return dict(zip(ids, images.images, strict=True))


def image_runs(content: bytes, images: BoardImages) -> dict[str, list[NDArray[np.int64]]]:
    """Read a table that is valid.

    Args:
        content: The file.
        images: The images of the board.

    Returns:
        For each ImageId of the file its nuclei, each as starts (counted from 1, down the columns)
        and lengths of shape (runs, 2).
    """
    by_name = images_by_id(images)
    found: dict[str, list[NDArray[np.int64]]] = {}
    for row in _read(content)[0]:
        own = found.setdefault(row.image_id, [])
        if not row.pixels.strip():
            continue
        runs = _runs(row, by_name[row.image_id])
        if not isinstance(runs, SubmissionFault):
            own.append(runs)
    return found


def _read(content: bytes) -> tuple[list[TableRow], list[SubmissionFault]]:
    try:
        text = content.decode('utf-8')
    except UnicodeDecodeError as error:
        return [], [
            SubmissionFault('file', '', f'not UTF-8 text ({error.reason})', 'write it as UTF-8')
        ]
    header, *lines = [line.removesuffix('\r') for line in text.removesuffix('\n').split('\n')]
    if header != HEADER:
        problem = f'the header is {header[:80]!r}'
        return [], [SubmissionFault('line 1', '', problem, f'write {HEADER!r}')]
    rows, faults = [], []
    for number, line in enumerate(lines, start=2):
        fields = line.split(',')
        if len(fields) == 2:
            rows.append(TableRow(number, *fields))
        else:
            problem, remedy = f'has {len(fields)} fields', 'write an ImageId, a comma and the runs'
            faults.append(SubmissionFault(f'line {number}', '', problem, remedy))
    if not text.endswith('\n'):
        problem, remedy = 'the last line has no line end', 'check that the file is not cut off'
        faults.append(SubmissionFault('file', '', problem, remedy, warning=True))
    return rows, faults


def _image_faults(
    name: str, rows: list[TableRow], by_name: Mapping[str, BoardImage]
) -> Iterator[SubmissionFault]:
    """Check all rows of one image together: its pixels have one owner each."""
    if name not in by_name:
        for row in rows:
            remedy = 'write the file name of an image without its suffix'
            yield row.fault('the images json has no such image', remedy)
        return
    if not rows:
        remedy = 'write one row with the ImageId and nothing behind the comma'
        yield SubmissionFault('file', name, 'has no row', remedy)
    empty = [row for row in rows if not row.pixels.strip()]
    for row in empty if len(rows) > 1 else []:
        yield row.fault('has no runs, and the image has other rows', 'leave the row out')
    image = by_name[name]
    owner = np.zeros(image.height * image.width, dtype=np.int64)
    for row in rows:
        if row not in empty:
            yield from _row_faults(row, image, owner)


def _row_faults(
    row: TableRow, image: BoardImage, owner: NDArray[np.int64]
) -> Iterator[SubmissionFault]:
    """Check one row, and mark its pixels in ``owner`` with its line."""
    runs = _runs(row, image)
    if isinstance(runs, SubmissionFault):
        yield runs
        return
    starts, lengths = runs.T
    ranges = zip(starts - 1, starts - 1 + lengths, strict=True)
    pixels = np.concatenate([np.arange(start, stop) for start, stop in ranges])
    others = owner[pixels]
    others = others[others > 0]
    if len(others):
        problem = f'shares {len(others)} pixels with line {others[0]}'
        if len(others) == len(pixels) == np.count_nonzero(owner == others[0]):
            problem = f'repeats line {others[0]}'
        yield row.fault(problem, 'give every pixel to one nucleus')
    owner[pixels] = row.line


def _runs(row: TableRow, image: BoardImage) -> NDArray[np.int64] | SubmissionFault:
    """Read the runs of shape (runs, 2), or say what is wrong with them."""
    words = row.pixels.split()
    strange = next((word for word in words if not (word.isascii() and word.isdigit())), None)
    if strange is not None:
        return row.fault(f'has {strange!r} among its runs', 'write whole numbers above 0')
    if len(words) % 2:
        return row.fault(f'has {len(words)} numbers', 'write pairs of start and length')
    size = image.height * image.width
    # A number of very many digits fits no array, and is outside the image anyway.
    numbers = np.array([int(word) if len(word) < 16 else size + 1 for word in words], np.int64)
    runs = numbers.reshape(-1, 2)
    starts, lengths = runs.T
    if not numbers.all():
        return row.fault(
            'has a start or length of 0', 'count pixels from 1 and leave out empty runs'
        )
    if (starts + lengths - 1).max() > size:
        remedy = f'the image has {image.height} x {image.width} = {size} pixels'
        return row.fault('has a run that leaves the image', remedy)
    if (np.diff(starts) <= 0).any():
        return row.fault('has unsorted runs', 'write runs by rising start, down the columns')
    if (starts[1:] < starts[:-1] + lengths[:-1]).any():
        return row.fault('has overlapping runs', 'merge them')
    return runs


def _line(fault: SubmissionFault) -> int:
    """Order of the file; what belongs to no line comes last."""
    number = fault.where.removeprefix('line ')
    return int(number) if number.isdigit() else 1 << 62
