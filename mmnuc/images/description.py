"""The line that says what was read of an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.raw import Form
from mmnuc.images.values import Scale

_SHOWN = 4
_MOST_DIGITS = 1e15


def describe(
    name: str,
    form: Form,
    channels: Sequence[int],
    planes: Sequence[int],
    scales: Sequence[Scale],
    pixel_size: PixelSize | None,
    *,
    over_white: bool = False,
) -> str:
    """Say what was read.

    Args:
        name: The file.
        form: Its image.
        channels: The channels read, counted from 0.
        planes: The planes read.
        scales: What became 0 and 255, one for all channels or for each; none for 8 bits.
        pixel_size: Micrometres a pixel.
        over_white: Whether it has alpha and is laid over white.

    Returns:
        A line such as ``well.tif: channel 1 of 4 (DAPI), 512 x 512, 16 bit, 92…4,131 → 0…255,
        pixel size unknown``.

    Example:
        >>> import numpy as np
        >>> form = Form(3, 4, np.dtype('u2'), ('DAPI', 'FITC'), planes=9, plane_axis='Z')
        >>> size = PixelSize(0.5, 0.5, 'ImageJ')
        >>> line = describe('a.tif', form, [0], [4], [Scale(9, 4131)], size)
        >>> line.removeprefix('a.tif: channel 1 of 2 (DAPI), plane 5 of 9 (Z), ')
        '4 x 3, 0.5 µm (ImageJ), grey 16 bit, 9…4,131 → 0…255'
    """
    parts = [_series(form), _channels(form, channels), _planes(form, planes)]
    parts += [f'{form.width:,} x {form.height:,}', _size(pixel_size), _kind(form, channels)]
    parts += ['alpha over white' if over_white else '', _ranges(scales)]
    parts += ['' if pixel_size else 'pixel size unknown']
    line = f'{PurePath(name).name}: ' + ', '.join(part for part in parts if part)
    passed = [*_other_series(form), *form.passed_over]
    return f'{line}; passed over: {_listed(passed)}' if passed else line


def _series(form: Form) -> str:
    if len(form.series) < 2:
        return ''
    name = form.series[form.index].name
    return f'series {form.index + 1} of {len(form.series)}' + (f' ({name})' if name else '')


def _other_series(form: Form) -> list[str]:
    return [
        f'series {i + 1} ({one.name + ", " if one.name else ""}{one.width:,} x {one.height:,})'
        for i, one in enumerate(form.series)
        if i != form.index
    ]


def _channels(form: Form, channels: Sequence[int]) -> str:
    count = len(form.channels)
    if form.color in ('palette', 'cmyk') or (count == 1 and not form.channels[0]):
        return ''
    if form.color == 'rgb' and len(channels) == 3 and count - (form.alpha is not None) == 3:
        return ''
    numbers = ', '.join(str(i + 1) for i in channels)
    names = ', '.join(form.channels[i] for i in channels if form.channels[i])
    word = 'channel' if len(channels) == 1 else 'channels'
    return f'{word} {numbers} of {count}' + (f' ({names})' if names else '')


def _planes(form: Form, planes: Sequence[int]) -> str:
    if form.planes == 1:
        return ''
    if len(planes) > 1:
        return f'brightest of {form.planes:,} planes' + _axis(form)
    word = 'page' if form.plane_axis == 'page' else 'plane'
    return f'{word} {planes[0] + 1:,} of {form.planes:,}' + _axis(form)


def _axis(form: Form) -> str:
    return f' ({form.plane_axis})' if form.plane_axis not in ('', 'page') else ''


def _size(size: PixelSize | None) -> str:
    if size is None:
        return ''
    return str(size) + (f' ({size.source})' if size.source else '')


def _kind(form: Form, channels: Sequence[int]) -> str:
    names = {'palette': 'palette', 'cmyk': 'CMYK'}
    name = names.get(form.color, 'RGB' if len(channels) == 3 else 'grey')
    bits = form.bits or (1 if form.dtype.kind == 'b' else form.dtype.itemsize * 8)
    float_ = ' float' if form.dtype.kind == 'f' else ''
    return f'{name} {bits} bit{float_}'


def _ranges(scales: Sequence[Scale]) -> str:
    texts = dict.fromkeys(f'{_number(one.low)}…{_number(one.high)}' for one in scales)
    return f'{", ".join(texts)} → 0…255' if texts else ''


def _number(value: float) -> str:
    is_long = value == round(value) or abs(value) >= 1000
    return f'{value:,.0f}' if is_long and abs(value) < _MOST_DIGITS else f'{value:.4g}'


def _listed(texts: Sequence[str]) -> str:
    more = f', ... ({len(texts)} in all)' if len(texts) > _SHOWN else ''
    return ', '.join(texts[:_SHOWN]) + more
