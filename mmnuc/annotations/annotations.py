"""The nuclei of one image as an annotation file or a result file of any tool holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


def refuse_marks(found: int, passed: Mapping[str, int], marks: Collection[str]) -> None:
    """Refuse a file that marks where nuclei are, but outlines none of them.

    Taken as it is it would say that the image holds no nucleus.

    Args:
        found: How many nuclei it outlines.
        passed: What was passed over, and how often.
        marks: What of it marks a nucleus.

    Raises:
        AnnotationError: It outlines none and marks some.

    Example:
        >>> refuse_marks(1, {'point': 3}, ['point'])
        >>> refuse_marks(0, {'point': 3}, ['point'])
        Traceback (most recent call last):
        mmnuc.annotations.annotations.AnnotationError: holds no outline, only 3 objects: point
    """
    own = {what: number for what, number in passed.items() if what in marks}
    if own and not found:
        total = sum(own.values())
        raise AnnotationError(
            f'holds no outline, only {counted(total, "object")}: {", ".join(own)}'
        )


def unused_scores(scores: Sequence[float | None]) -> list[str]:
    """Say that scores are not read where only some nuclei have one.

    Example:
        >>> unused_scores([0.5, None]), unused_scores([0.5, 0.9]), unused_scores([None])
        (['only 1 of 2 nuclei have a score: none is read'], [], [])
    """
    stated = sum(score is not None for score in scores)
    if stated in (0, len(scores)):
        return []
    return [f'only {stated:,} of {len(scores):,} nuclei have a score: none is read']


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, 'line'), counted(1200, 'line')
        ('1 line', '1,200 lines')
    """
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
