"""Segmentations in every spelling that tools write, as one of three plain forms.

COCO's own are lists of polygons, run lengths as numbers, and run lengths as compressed text
(https://cocodataset.org/#format-data). Others are met in the wild: one polygon without the list
around it, corners as pairs, ``x`` and ``y`` apart (VIA), run lengths inside of a list, and any of
them as text.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from typing import Any, TypeAlias

from mmnuc.coco.compress import PlainMask, compress, decompress, union
from mmnuc.coco.faults import EntryError, shown
from mmnuc.ops.codecs.rle import Rle

_Parts: TypeAlias = list['array[float]']

# VIA's names and others', for the columns and rows of corners.
_AXES = (('x', 'y'), ('all_points_x', 'all_points_y'), ('xs', 'ys'))
_MOST_PARTS = 1_000_000


def read_segmentation(value: Any, height: int, width: int) -> PlainMask | None:
    """Read a segmentation.

    Args:
        value: What stands under ``segmentation``.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        Compressed text as bytes, run lengths as whole numbers, or outlines ``x1, y1, x2, y2, ...``;
        None where there is nothing. What needs the pixels is checked by
        :func:`mmnuc.coco.compress.compress`.

    Raises:
        EntryError: It is none of the known spellings.

    Example:
        >>> read_segmentation({'size': [2, 3], 'counts': '312'}, 2, 3)
        b'312'
        >>> read_segmentation([[[0, 0], [2, 0], [2, 2]]], 4, 4)
        [array('d', [0.0, 0.0, 2.0, 0.0, 2.0, 2.0])]
    """
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, Mapping):
        return _from_object(value, height, width) if value else None
    if isinstance(value, bytes):
        return value
    if not isinstance(value, (list, tuple)):
        if value is None:
            return None
        raise EntryError(
            'unreadable', f'a segmentation must be a list or an object, not {shown(value)}'
        )
    if not value:
        return None
    if isinstance(value[0], (Mapping, str)):
        return _from_several(value, height, width)
    return _outlines(value)


def segmentation_to_rle(segmentation: Any, height: int, width: int) -> Rle:
    """Turn what COCO calls a segmentation, in any spelling, into compressed RLE.

    Args:
        segmentation: The segmentation.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        ``{'size': [height, width], 'counts': text}``.

    Raises:
        ValueError: It can't be meant as a mask of such an image.

    Example:
        >>> segmentation_to_rle({'size': [1, 2], 'counts': [0, 2]}, 1, 2)
        {'size': [1, 2], 'counts': '02'}
    """
    try:
        mask = read_segmentation(segmentation, height, width)
        if mask is None:
            raise ValueError('there is no segmentation')
        text = compress([mask], [(height, width)])[0]
        if isinstance(text, EntryError):
            raise text
    except EntryError as error:
        raise ValueError(error.detail) from None
    return {'size': [height, width], 'counts': text.decode('ascii')}


def _from_text(value: str) -> Any:
    """Read json that a tool has put into text; other text is compressed run lengths."""
    if value.strip()[:1] not in ('{', '[') or value.strip()[-1:] not in ('}', ']'):
        return value.encode('latin-1', 'replace') if value.strip() else None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        # Brackets are letters of compressed run lengths too.
        return value.encode('latin-1', 'replace')


def _from_object(value: Mapping[Any, Any], height: int, width: int) -> PlainMask:
    for x_key, y_key in _AXES:
        if x_key in value and y_key in value and 'counts' not in value:
            return [_zipped(value[x_key], value[y_key])]
    if 'counts' not in value:
        raise EntryError('unreadable', f'run lengths without counts: {shown(value)}')
    if value.get('size') is not None:
        _check_size(value['size'], height, width)
    counts = value['counts']
    if isinstance(counts, str):
        return counts.encode('latin-1', 'replace')
    if isinstance(counts, bytes):
        return counts
    if not isinstance(counts, (list, tuple)):
        raise EntryError('unreadable', f'counts are {shown(counts)}, neither a list nor text')
    return _whole_numbers(counts, height * width)


def _check_size(size: Any, height: int, width: int) -> None:
    pair = list(size) if isinstance(size, (list, tuple)) else []
    if len(pair) != 2 or not all(type(side) in (int, float) for side in pair):
        raise EntryError('wrong-size', f'size is {shown(size)}, not [{height}, {width}]')
    if pair != [height, width]:
        seen = f'{shown(pair[1])}x{shown(pair[0])}, the image has {width}x{height}'
        turned = '; size is [height, width]' if pair == [width, height] else ''
        raise EntryError('wrong-size', f'the mask has {seen}{turned}')


def _whole_numbers(counts: Any, pixels: int) -> array[int]:
    try:
        numbers = array('q', counts)
    except (TypeError, OverflowError):
        numbers = _rounded(counts)
    if min(numbers, default=0) < 0:
        raise EntryError('unreadable', 'a run length below 0')
    # Python's sum does not wrap around.
    if (total := sum(numbers)) != pixels:
        raise EntryError(
            'unreadable',
            f'run lengths do not fill the image: they add up to {total}, it has {pixels} pixels',
        )
    return numbers


def _rounded(counts: Any) -> array[int]:
    for value in counts:
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
        if not whole and (not isinstance(value, int) or abs(value) >= 2**63):
            raise EntryError('unreadable', f'a run length is {shown(value)}, no number of pixels')
    return array('q', map(int, counts))


def _from_several(values: Any, height: int, width: int) -> PlainMask | None:
    """Unite run lengths, and whatever else stands beside them in a list."""
    masks = [read_segmentation(value, height, width) for value in values if not _is_ring(value)]
    outlines = [value for value in values if _is_ring(value)]
    if outlines:
        masks.append(_outlines(outlines))
    found = [mask for mask in masks if mask is not None]
    if len(found) < 2:
        return found[0] if found else None
    texts = compress(found, [(height, width)] * len(found))
    for text in texts:
        if isinstance(text, EntryError):
            raise text
    return union([decompress(text) for text in texts if isinstance(text, bytes)], height * width)


def _is_ring(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _outlines(value: Any) -> _Parts:
    """Read polygons: numbers, pairs of numbers, or lists of either."""
    if len(value) > _MOST_PARTS and not _is_number(value[0]):
        raise EntryError('unreadable', f'an outline of {len(value):,} parts')
    if _is_number(value[0]):
        return _checked([_numbers(value)], value)
    if all(_is_pair(part) for part in value):
        return _checked([_pairs(value)], value)
    parts = []
    for part in value:
        if not isinstance(part, (list, tuple)):
            raise EntryError('unreadable', f'an outline is {shown(part)}, no list of corners')
        if part and isinstance(part[0], (list, tuple, Mapping)):
            parts.append(_pairs(part))
        elif part:
            parts.append(_numbers(part))
    return _checked(parts, value)


def _checked(parts: _Parts, value: Any) -> _Parts:
    for part in parts:
        if len(part) % 2:
            raise EntryError('unreadable', f'an outline of {len(part)} numbers, an odd count')
    # A point or a line beside a real outline adds no area.
    kept = [part for part in parts if len(part) >= 6]
    if not kept:
        raise EntryError('degenerate-outline', f'no outline of 3 points: {shown(value)}')
    return kept


def _pairs(part: Any) -> array[float]:
    flat: list[Any] = []
    for corner in part:
        if isinstance(corner, Mapping):
            corner = next(([corner[x], corner[y]] for x, y in _AXES if {x, y} <= corner.keys()), ())
        if not isinstance(corner, (list, tuple)) or len(corner) != 2:
            raise EntryError('unreadable', f'a corner is {shown(corner)}, not [x, y]')
        flat += corner
    return _numbers(flat)


def _zipped(xs: Any, ys: Any) -> array[float]:
    if not all(isinstance(axis, (list, tuple)) for axis in (xs, ys)) or len(xs) != len(ys):
        raise EntryError('unreadable', f'corners at {shown(xs)} and {shown(ys)}: no pairs')
    if len(xs) < 3:
        raise EntryError('degenerate-outline', f'no outline of 3 points: {shown(xs)}')
    return _numbers([value for pair in zip(xs, ys, strict=True) for value in pair])


def _numbers(values: Any) -> array[float]:
    try:
        return array('d', values)
    except OverflowError:
        raise EntryError('unreadable', 'a corner beyond a million pixels') from None
    except TypeError:
        wrong = next(value for value in values if not _is_number(value))
        raise EntryError('unreadable', f'a coordinate is {shown(wrong)}, no number') from None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _is_pair(part: Any) -> bool:
    return isinstance(part, (list, tuple)) and len(part) == 2 and all(map(_is_number, part))
