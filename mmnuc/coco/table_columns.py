"""The columns of a table of annotations while it is read, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmnuc.coco.columns import GivenIds, Growing
from mmnuc.coco.compress import compress
from mmnuc.coco.faults import EntryError
from mmnuc.coco.images import CocoImage
from mmnuc.coco.rows import Row
from mmnuc.ops.arrays import BoolArray, F64Array, I64Array
from mmnuc.ops.codecs.rle import measure_strings

# A byte each when they are drawn: more than the memory of most machines.
_MOST_PIXELS = 2.0**32


class _Ready(NamedTuple):
    """A row whose mask is compressed; no text where it has no mask."""

    row: Row
    text: bytes
    image: CocoImage


class TableColumns:
    """Columns that grow.

    Args:
        keep_empty: Keep masks without a pixel.

    Attributes:
        scored: Whether any row states a score.
        unscored: The first row that states none; -1 where all do.
    """

    def __init__(self, keep_empty: bool) -> None:
        self.keep_empty = keep_empty
        self.ids = GivenIds()
        self.images, self.keys = Growing(np.int32), Growing(np.int32)
        self.boxes, self.areas = Growing(np.float64), Growing(np.float64)
        self.flags, self.scores = Growing(np.uint8), Growing(np.float64)
        self.lengths = Growing(np.int64)
        self.text = bytearray()
        self.scored = False
        self.unscored = -1
        self._outlines = self._fractions = 0
        self._drawn: dict[int, float] = {}

    def add(self, rows: Sequence[Row], images: Sequence[CocoImage]) -> list[tuple[Row, EntryError]]:
        """Add rows and return those that can't be added, with what is wrong with them.

        Args:
            rows: Rows.
            images: The image of each.
        """
        texts = _compressed(rows, images)
        self._count_fractions(rows)
        faults, ready = [], []
        for row, text, image in zip(rows, texts, images, strict=True):
            if isinstance(text, EntryError):
                faults.append((row, text))
            else:
                ready.append(_Ready(row, text, image))
        return faults + self._extend(ready)

    def only_fractions(self) -> bool:
        """Whether all outlines lie between 0 and 1, as some tools write them."""
        return 0 < self._outlines == self._fractions

    def _extend(self, ready: Sequence[_Ready]) -> list[tuple[Row, EntryError]]:
        sides = np.array([each.image[3:5] for each in ready], np.int64).reshape(-1, 2)
        lengths = np.array([len(each.text) for each in ready], np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        text = np.frombuffer(b''.join(each.text for each in ready), np.uint8)
        boxes, areas, _ = measure_strings(text, offsets, *sides.T.copy())
        boxes[:, 2:] -= boxes[:, :2]
        owners = np.array([each.row.image for each in ready], np.int64)
        pixels = boxes[:, 2].astype(np.float64) * boxes[:, 3]
        empty = (areas == 0) & (lengths > 0) & (not self.keep_empty)
        over = self._is_too_much(owners, pixels)
        if (empty | over).any():
            good = [each for each, bad in zip(ready, empty | over, strict=True) if not bad]
            faults = [_emptiness(ready[k].row) for k in np.flatnonzero(empty)]
            faults += [(ready[k].row, _too_much()) for k in np.flatnonzero(over & ~empty)]
            return faults + self._extend(good)
        for owner, area in zip(owners.tolist(), pixels.tolist(), strict=True):
            self._drawn[owner] = self._drawn.get(owner, 0.0) + area
        rows, own = [each.row for each in ready], boxes.tolist()
        self.images.extend([row.image for row in rows])
        self.keys.extend([row.category for row in rows])
        self.boxes.extend([row.box or own[k] for k, row in enumerate(rows)])
        self.areas.extend([_area(row, float(areas[k])) for k, row in enumerate(rows)])
        self.flags.extend([row.crowd + 2 * row.ignored for row in rows])
        self.scores.extend([1.0 if row.score is None else row.score for row in rows])
        self.lengths.extend(lengths)
        self.ids.extend([row.given for row in rows], [row.number for row in rows])
        self._note_scores(rows)
        self.text += text.tobytes()
        return []

    def _note_scores(self, rows: Sequence[Row]) -> None:
        """Remember whether rows state scores, once they are added."""
        stated = [row.score is not None for row in rows]
        self.scored |= any(stated)
        if self.unscored < 0 and not all(stated):
            self.unscored = len(self.scores.array()) - len(rows) + stated.index(False)

    def _is_too_much(self, owners: I64Array, pixels: F64Array) -> BoolArray:
        """Which rows are of images whose masks nobody could hold in memory any more."""
        images, places = np.unique(owners, return_inverse=True)
        before = [self._drawn.get(image, 0.0) for image in images.tolist()]
        sums = np.bincount(places, pixels, len(images)) + before
        found: BoolArray = (sums > _MOST_PIXELS)[places]
        return found

    def _count_fractions(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if not isinstance(row.mask, list):
                continue
            self._outlines += 1
            # One in pixels is enough to know.
            if self._fractions == self._outlines - 1:
                values = [value for part in row.mask for value in part]
                inside = all(0 <= value <= 1 for value in values)
                self._fractions += inside and any(value not in (0, 1) for value in values)


def _compressed(rows: Sequence[Row], images: Sequence[CocoImage]) -> list[bytes | EntryError]:
    texts: list[bytes | EntryError] = [b''] * len(rows)
    masked = [(k, row.mask) for k, row in enumerate(rows) if row.mask is not None]
    sizes = [(images[k].height, images[k].width) for k, _ in masked]
    found = compress([mask for _, mask in masked], sizes)
    for (k, _), text in zip(masked, found, strict=True):
        texts[k] = text
    return texts


def _emptiness(row: Row) -> tuple[Row, EntryError]:
    outline = isinstance(row.mask, list)
    kind = 'degenerate-outline' if outline else 'empty-mask'
    detail = 'no pixel of the image inside' if outline else 'a mask without a pixel'
    return row, EntryError(kind, detail, harmless=True)


def _too_much() -> EntryError:
    seen = f'more than {_MOST_PIXELS:.0e} pixels in the boxes of the masks of one image'
    return EntryError('unreadable', f'{seen}: no machine could draw them')


def _area(row: Row, counted: float) -> float:
    if row.area is not None:
        return row.area
    if row.mask is None and row.box is not None:
        return row.box[2] * row.box[3]
    return counted
