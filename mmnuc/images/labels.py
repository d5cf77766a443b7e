"""Label maps and masks: numbers as the file holds them, never scaled, never through a palette."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.color import as_seen
from mmnuc.images.limits import check_whole, memory_in_words
from mmnuc.images.open import open_raw
from mmnuc.images.raw import Form, RawImage


def read_label_values(source: Any, name: str = '') -> NDArray[Any]:
    """Read the whole numbers of a label map or of a mask.

    Args:
        source: A file, its content as bytes, or an array.
        name: What to call content or an array in messages.

    Returns:
        Numbers of shape (H, W) as they are in the file: indices of a palette too, 0 and 1 of one
        bit. Three equal channels are one; floats are made ``int64``.

    Raises:
        UserError: The file can't be read, holds several images, pages, channels or colours, or
            numbers that are not whole.

    Example:
        >>> read_label_values(np.array([[0.0, 70000.0]])).tolist()
        [[0, 70000]]
    """
    raw, title = open_raw(source, None, name)
    try:
        _check(raw.form, title)
        with memory_in_words(title):
            return _whole(_values(raw, title), title)
    finally:
        raw.close()


def _check(form: Form, name: str) -> None:
    images = [one for one in form.series if not one.is_aside]
    wanted = 'one label map is wanted, with a number for each nucleus'
    if len(images) > 1:
        raise UserError(f'{name} holds {len(images)} images; {wanted}')
    if form.planes > 1:
        pages = 'pages' if form.plane_axis in ('page', '') else f'planes ({form.plane_axis})'
        raise UserError(f'{name} has {form.planes:,} {pages}, perhaps one a nucleus; {wanted}')
    channels = len(form.channels) - (form.alpha is not None)
    if form.color == 'cmyk' or (channels > 1 and form.color != 'rgb'):
        raise UserError(f'{name} has {channels} channels; {wanted}')


def _values(raw: RawImage, name: str) -> NDArray[Any]:
    form = raw.form
    chosen = range(3) if form.color == 'rgb' else range(1)
    check_whole(name, (form.height, form.width), len(chosen) * form.dtype.itemsize)
    values = raw.read(0, 0, form.width, form.height, channels=chosen)
    if (values[..., 1:] != values[..., :1]).any():
        raise UserError(f'{name} is a picture in colour; numbers are wanted, one for each nucleus')
    values = values[..., 0]
    # One bit is a picture of inside and outside; larger numbers are not meant to be seen.
    is_picture = form.color == 'white_is_zero' and values.dtype.kind == 'b'
    return as_seen(values) if is_picture else values


def _whole(values: NDArray[Any], name: str) -> NDArray[Any]:
    if values.dtype.kind == 'b':
        return values.astype(np.uint8)
    most = np.iinfo(np.int64).max
    if values.dtype.kind == 'f':
        values = values.astype(np.float64)
        fine = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2.0**63)
        if not fine.all():
            raise UserError(
                f'{name} has numbers with a fractional part, or none: {_first(values, ~fine)}'
            )
        return values.astype(np.int64)
    if values.dtype == np.uint64 and values.max(initial=0) > most:
        raise UserError(f'{name} has numbers beyond {most:,}: {values.max():,}')
    return values


def _first(values: NDArray[Any], bad: NDArray[np.bool_]) -> str:
    return f'{values[bad][0]:g}'
