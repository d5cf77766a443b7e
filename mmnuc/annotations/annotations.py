"""The nuclei of one image as an annotation file or a result file of any tool holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.crops import Crops

NUCLEUS = 'nucleus'


class AnnotationError(Exception):
    """A file that can't be read as what it is taken for; the message says what was seen."""


@dataclass(frozen=True)
class Annotations:
    """What a file says of one image.

    Args:
        crops: N masks; outlines around no pixel of the image are empty masks.
        labels: Place of each nucleus in ``class_names``, of shape (N,).
        class_names: Names of the classes that occur, ``nucleus`` where the file names none.
        scores: Confidence of each from 0 to 1, of shape (N,); None where the file states none.
        wheres: What each is called in its file, N of them.
        notes: What was passed over or taken for granted, in words.
    """

    crops: Crops
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    scores: NDArray[np.float64] | None
    wheres: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.crops)


def of_one_class(crops: Crops, wheres: Sequence[str], notes: Sequence[str] = ()) -> Annotations:
    """Annotations of a file that knows neither classes nor scores.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> of_one_class(from_bitmaps(np.ones((1, 2, 2), np.uint8)), ['1']).class_names
        ('nucleus',)
    """
    labels = np.zeros(len(crops), np.int64)
    return Annotations(crops, labels, (NUCLEUS,), None, tuple(wheres), tuple(notes))


def numbered_classes(names: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number classes in the order in which they occur.

    Example:
        >>> labels, classes = numbered_classes(['b', 'a', 'b'])
        >>> labels.tolist(), classes
        ([0, 1, 0], ('b', 'a'))
    """
    classes = tuple(dict.fromkeys(names)) or (NUCLEUS,)
    places = {name: place for place, name in enumerate(classes)}
    return np.array([places[name] for name in names], np.int64), classes


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, 'line'), counted(1200, 'line')
        ('1 line', '1,200 lines')
    """
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
