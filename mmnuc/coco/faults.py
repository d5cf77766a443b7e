"""What is wrong with an entry of a COCO file, and how it is said in one line."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_LONGEST = 80
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict = 3, 8, 8
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


class EntryError(Exception):
    """An entry can't be meant as it stands; who knows which entry it is says the rest.

    Args:
        kind: What kind of fault it is, in the words of the converters' report.
        detail: What was seen.
        harmless: Leaving the entry out changes nothing that could be learnt or scored.
    """

    def __init__(self, kind: str, detail: str, *, harmless: bool = False) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.harmless = harmless


def check_object(entry: Any, keys: Iterable[str] = ()) -> None:
    """Refuse an entry that is no object, or lacks a key.

    Raises:
        EntryError: It is.

    Example:
        >>> check_object({'id': 1}, ('id', 'name'))
        Traceback (most recent call last):
        mmnuc.coco.faults.EntryError: has no name: {'id': 1}
    """
    if not isinstance(entry, dict):
        raise EntryError('unreadable', f'is {shown(entry)}, not an object')
    for key in keys:
        if key not in entry:
            raise EntryError('unreadable', f'has no {key}: {shown(entry)}')


@dataclass(frozen=True)
class CocoFault:
    """One annotation that was left out, or corrected.

    Attributes:
        kind: What kind of fault it is, in the words of the converters' report.
        annotation: The annotation, as in ``annotation 9``.
        image: Its image, as in ``image a.png (70)``; empty where it has none.
        detail: What was seen.
        image_row: The place of its image in the table; -1 where it has none.

    Example:
        >>> str(CocoFault('unreadable', 'annotation 9', 'image a.png (70)', 'NaN'))
        'image a.png (70), annotation 9: NaN'
    """

    kind: str
    annotation: str
    image: str
    detail: str
    image_row: int = -1

    def __str__(self) -> str:
        place = ', '.join(part for part in (self.image, self.annotation) if part)
        return f'{place}: {self.detail}'


def shown(value: Any) -> str:
    r"""Show a value of a file in a message: short, on one line, in letters any terminal can print.

    Example:
        >>> shown('a\nb'), shown([0] * 100)[-7:]
        ("'a\\nb'", '0, ...]')
    """
    # What is long or deep is cut before it is written out, not after.
    text = _SHORT.repr(value).encode('ascii', 'backslashreplace').decode('ascii')
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST].rstrip(" ,")} ...'


def shown_name(name: str) -> str:
    r"""Show a name as it is where a terminal can print it.

    Example:
        >>> shown_name('Zürich.png'), shown_name('a\ud800')
        ('Zürich.png', 'a\\ud800')
    """
    return name if name.isprintable() else ascii(name)[1:-1]
