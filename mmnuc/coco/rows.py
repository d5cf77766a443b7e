"""What an annotation of a COCO file says, checked field by field."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mmnuc.coco.compress import FARTHEST, PlainMask
from mmnuc.coco.faults import EntryError, shown

XywhBox = tuple[float, float, float, float]

_FLAGS: dict[Any, bool] = {0: False, 1: True, None: False}
_FLAG_TEXTS = {
    '0': False,
    '1': True,
    'false': False,
    'true': True,
    'no': False,
    'yes': True,
    '': False,
}


class Row(NamedTuple):
    """An annotation while it waits for its mask to be compressed.

    Attributes:
        number: Its place in the list of annotations.
        given: Its id as the file gives it; None where it has none.
        image: Place of its image.
        category: Number of its category's key; -1 where it names none.
        box: Left, top, width and height as the file gives them; None where they are missing.
        area: As the file gives it; None where it is missing.
        crowd: Whether it is a region of many objects.
        ignored: Whether it is marked to be left out.
        score: Confidence; None where the file states none.
        mask: Its mask; None where it has none.
    """

    number: int
    given: Any
    image: int
    category: int
    box: XywhBox | None
    area: float | None
    crowd: bool
    ignored: bool
    score: float | None
    mask: PlainMask | None


def read_box(value: Any) -> XywhBox | None:
    """Read ``bbox``; None where it is missing.

    Raises:
        EntryError: It is no box.

    Example:
        >>> read_box([1, 2, 3, 4])
        (1.0, 2.0, 3.0, 4.0)
    """
    if value is None or value == []:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise EntryError('corrected-box', f'bbox is {shown(value)}, not [x, y, width, height]')
    x, y, w, h = (read_number(side, 'bbox') for side in value)
    if not all(abs(side) <= FARTHEST for side in (x, y, w, h)):
        raise EntryError('corrected-box', f'bbox is {shown(value)}, beyond a million pixels')
    if w < 0 or h < 0:
        raise EntryError('corrected-box', f'bbox is {shown(value)}, of less than no width')
    return x, y, w, h


def read_area(value: Any) -> float | None:
    """Read ``area``; None where it is missing.

    Raises:
        EntryError: It is no area.
    """
    if value is None:
        return None
    area = read_number(value, 'area')
    if not 0 <= area <= FARTHEST**2:
        raise EntryError('corrected-area', f'area is {shown(value)}, no number of pixels')
    return area


def read_number(value: Any, key: str) -> float:
    """Read a finite number.

    Raises:
        EntryError: It is something else.
    """
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    kinds = {'bbox': 'corrected-box', 'area': 'corrected-area'}
    raise EntryError(kinds.get(key, 'unreadable'), f'{key} holds {shown(value)}, no finite number')


def read_score(entry: dict[str, Any]) -> float | None:
    """Read ``score``; None where it is missing.

    Raises:
        EntryError: It is no finite number.

    Example:
        >>> read_score({'score': 0.5}), read_score({'score': None}), read_score({})
        (0.5, None, None)
    """
    score = entry.get('score')
    return None if score is None else read_number(score, 'score')


def read_flag(value: Any, key: str) -> bool:
    """Read ``iscrowd`` or ``ignore``, also where a tool writes text.

    Raises:
        EntryError: It is neither yes nor no.

    Example:
        >>> read_flag('0', 'iscrowd'), read_flag(1, 'iscrowd'), read_flag(None, 'ignore')
        (False, True, False)
    """
    if value is None or isinstance(value, (bool, int, float)):
        if value in _FLAGS:
            return _FLAGS[value]
    elif isinstance(value, str) and value.strip().lower() in _FLAG_TEXTS:
        return _FLAG_TEXTS[value.strip().lower()]
    raise EntryError('unreadable', f'{key} is {shown(value)}, neither 0 nor 1')
