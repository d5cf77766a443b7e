"""Which DICOM files belong together, told from the few elements at their beginning.

Source: DICOM PS3.5, 7.1 (elements, explicit and implicit) and 7.5 (sequences); PS3.10, 7.1 (the
header of a file). Nothing but two elements is read, and no library is needed for them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_HEAD = 2**16
_WHOLE_SLIDE = b'1.2.840.10008.5.1.4.1.1.77.1.6'
_IMPLICIT = b'1.2.840.10008.1.2'
_SYNTAX, _CLASS, _SERIES = 0x00020010, 0x00080016, 0x0020000E
_ITEM_ENDS = (0xFFFEE00D, 0xFFFEE0DD)
_GROUP_OF_ITEMS = 0xFFFE
_LONG = {b'OB', b'OD', b'OF', b'OL', b'OV', b'OW', b'SQ', b'SV', b'UC', b'UN', b'UR', b'UT', b'UV'}
_UNKNOWN = 0xFFFFFFFF


def series_of(path: Path) -> str | None:
    """Return what all files of a whole slide have in common.

    Args:
        path: A file.

    Returns:
        Its SeriesInstanceUID; None if it is no DICOM file of a whole slide, or hides it.
    """
    try:
        with path.open('rb') as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    if head[128:132] != b'DICM':
        return None
    found: dict[int, bytes] = {}
    try:
        for tag, value in _elements(head):
            found[tag] = value.rstrip(b'\0 ')
            if tag >= _SERIES:
                break
    except struct.error:
        return None
    if found.get(_CLASS) != _WHOLE_SLIDE:
        return None
    return found.get(_SERIES, b'').decode('ascii', 'replace') or None


def one_of_each_series(paths: Iterable[Path]) -> Iterator[Path]:
    """Leave out files of whole slides of which another file stands before them.

    Args:
        paths: Files of any kind; those of a slide lie in one folder.

    Yields:
        Them in their order, of each slide the first.
    """
    known: set[tuple[Path, str]] = set()
    for path in paths:
        series = series_of(path) if path.suffix.lower() == '.dcm' else None
        if series is None:
            yield path
        elif (path.parent, series) not in known:
            known.add((path.parent, series))
            yield path


def _elements(head: bytes) -> Iterator[tuple[int, bytes]]:
    """Elements on the first floor; what is in sequences is passed over."""
    at, depth, implicit = 132, 0, False
    while True:
        group, number = struct.unpack_from('<HH', head, at)
        tag = group << 16 | number
        at, kind, length = _length(head, at + 4, implicit and group != 2, group == _GROUP_OF_ITEMS)
        if tag in _ITEM_ENDS:
            depth -= 1
        elif length == _UNKNOWN:
            depth += 1
        else:
            if depth == 0 and kind != b'SQ':
                yield tag, head[at : at + length]
            at += length
        if tag == _SYNTAX:
            implicit = head[at - length : at].rstrip(b'\0 ') == _IMPLICIT


def _length(head: bytes, at: int, implicit: bool, is_item: bool) -> tuple[int, bytes, int]:
    """Where the value of an element begins, its kind and its length."""
    if implicit or is_item:
        return at + 4, b'', *struct.unpack_from('<I', head, at)
    kind = head[at : at + 2]
    if kind in _LONG:
        return at + 8, kind, *struct.unpack_from('<I', head, at + 4)
    return at + 4, kind, *struct.unpack_from('<H', head, at + 2)
