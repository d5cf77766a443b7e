"""What is read of a file that holds more than one image of one channel, unless people choose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mmnuc.errors import UserError
from mmnuc.images.options import ReadOptions
from mmnuc.images.raw import Form, Series

# Stains of DNA, as microscopes name their channels.
_NUCLEAR = re.compile(
    r'dapi|hoechst|h\s?33342|draq\s?[57]|syto|dna\b|dna[^a-z]|nucle(us|i|ar)|propidium|\bPI\b|'
    r'to-?pro|yo-?pro|sytox|7-?aad|histone|h2b|nuc\s?blue|nuc\s?red|\bnuc\b|feulgen|acridine',
    re.IGNORECASE,
)
_SHOWN = 12


def choose_series(series: Sequence[Series], number: int | None, name: str) -> int:
    """Choose an image of a file: the one asked for, or the largest.

    Args:
        series: What the file holds.
        number: Which is wanted, counted from 1.
        name: The file, for messages.

    Returns:
        Its index, counted from 0; the first of equally large ones.

    Raises:
        UserError: The file holds no image, or none of this number.

    Example:
        >>> scenes = [Series(9, 9, 'label'), Series(90, 80, 'scan'), Series(90, 80)]
        >>> choose_series(scenes, None, 'a.tif'), choose_series(scenes, 3, 'a.tif')
        (1, 2)
        >>> choose_series(scenes[:2], 4, 'a.tif')
        Traceback (most recent call last):
        ...
        mmnuc.errors.UserError: a.tif has no series 4; it holds 1 label (9 x 9), 2 scan (80 x 90)
    """
    if not series:
        raise UserError(f'{name} holds no image')
    if number is not None:
        if 1 <= number <= len(series):
            return number - 1
        held = _listed(
            f'{i} {one.name} ({one.width:,} x {one.height:,})'.replace('  ', ' ')
            for i, one in enumerate(series, 1)
        )
        raise UserError(f'{name} has no series {number}; it holds {held}')
    return max(
        range(len(series)),
        key=lambda i: (not series[i].is_aside, series[i].height * series[i].width, -i),
    )


def choose_channels(form: Form, wanted: Sequence[str | int], name: str) -> tuple[int, ...]:
    """Choose channels: those asked for, RGB, the one that stains nuclei, or the first.

    Args:
        form: The image.
        wanted: One or three channels, by name or by number counted from 1; none to choose by rule.
        name: The file, for messages.

    Returns:
        Their indices, counted from 0: all samples of a colour, else one or three.

    Raises:
        UserError: There is no such channel, or as many as make no picture are asked for.

    Example:
        >>> import numpy as np
        >>> four = Form(9, 9, np.dtype('u2'), ('FITC', 'DAPI', 'Cy5', ''))
        >>> choose_channels(four, (), 'a.tif'), choose_channels(four, ('cy5',), 'a.tif')
        ((1,), (2,))
        >>> choose_channels(four, (3, 'dapi', 1), 'a.tif')
        (2, 1, 0)
        >>> choose_channels(four, (5,), 'a.tif')
        Traceback (most recent call last):
        ...
        mmnuc.errors.UserError: a.tif has no channel 5; it has 1 FITC, 2 DAPI, 3 Cy5, 4
    """
    if wanted:
        if len(wanted) not in (1, 3):
            raise UserError(f'one channel or three are read, not {len(wanted)} ({name})')
        if form.color in ('palette', 'cmyk'):
            raise UserError(f'{name} has colours ({form.color}), no channels to choose from')
        return tuple(_channel(form, one, name) for one in wanted)
    if form.color in ('rgb', 'cmyk'):
        return tuple(range({'rgb': 3, 'cmyk': 4}[form.color]))
    named = [i for i, channel in enumerate(form.channels) if _NUCLEAR.search(channel)]
    return (named[0] if named else 0,)


def choose_planes(form: Form, options: ReadOptions, name: str) -> tuple[int, ...]:
    """Choose planes: the one asked for, all to project, the middle of a Z stack, or the first.

    Args:
        form: The image.
        options: ``plane`` and ``project`` count.
        name: The file, for messages.

    Returns:
        Indices counted from 0.

    Raises:
        UserError: There is no such plane, or no such projection.

    Example:
        >>> import numpy as np
        >>> stack = Form(9, 9, np.dtype('u2'), planes=7, plane_axis='Z')
        >>> choose_planes(stack, ReadOptions(), 'a.tif')
        (3,)
        >>> choose_planes(stack, ReadOptions(plane=8), 'a.tif')
        Traceback (most recent call last):
        ...
        mmnuc.errors.UserError: a.tif has no plane 8; it has 7 (Z)
    """
    if options.project is not None:
        if options.project != 'max':
            raise UserError(f'planes are projected by max, not by {options.project} ({name})')
        if options.plane is not None:
            raise UserError(f'a plane and a projection of all are asked for; choose one ({name})')
        return tuple(range(form.planes))
    if options.plane is not None:
        if 1 <= options.plane <= form.planes:
            return (options.plane - 1,)
        axis = f' ({form.plane_axis})' if form.plane_axis else ''
        raise UserError(f'{name} has no plane {options.plane}; it has {form.planes:,}{axis}')
    return (form.planes // 2 if form.plane_axis == 'Z' else 0,)


def _channel(form: Form, wanted: str | int, name: str) -> int:
    names = [channel.lower() for channel in form.channels]
    text = str(wanted).strip()
    if isinstance(wanted, str) and text.lower() in names:
        return names.index(text.lower())
    number = int(text) if text.isascii() and text.isdigit() else 0
    if 1 <= number <= len(names):
        return number - 1
    held = _listed(f'{i} {channel}'.rstrip() for i, channel in enumerate(form.channels, 1))
    pages = f', and {form.planes:,} planes to choose from' if form.planes > 1 else ''
    raise UserError(f'{name} has no channel {text}; it has {held}{pages}')


def _listed(items: Iterable[str]) -> str:
    texts = list(items)
    more = f', ... ({len(texts)} in all)' if len(texts) > _SHOWN else ''
    return ', '.join(texts[:_SHOWN]) + more
