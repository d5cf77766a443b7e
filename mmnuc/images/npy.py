"""NumPy's ``.npy`` files, without pickles and without reading more than is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.memory import MemoryImage, check_pixels
from mmnuc.images.raw import Color, Form, Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

# Beyond this many, a last axis is no axis of channels.
_MOST_CHANNELS = 16


def read_npy(source: Source, series: int | None = None) -> MemoryImage:
    """Read an array as an image.

    (H, W) is grey, (H, W, 3) RGB, (H, W, up to 16) channels, of which none is alpha as nothing says
    so, (N, H, W) pages, (N, H, W, channels) pages of those. (3, H, W) of 8 bits is RGB.

    Args:
        source: The file.
        series: Only the first is in there.

    Returns:
        The image.

    Raises:
        UserError: The file is damaged, holds objects, or an array of another shape.
    """
    try:
        if source.data is None and source.path is not None:
            array = np.load(source.path, mmap_mode='r', allow_pickle=False)
        else:
            array = np.load(source.open(), allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        words = str(error).splitlines()
        raise UserError(f'{source.name} is damaged, or no array: {words[0][:200]}') from None
    pages, color = _pages(np.asarray(array), source.name)
    check_pixels(pages.shape[1:3], array.dtype, source.name)
    count, height, width, channels = pages.shape
    choose_series([Series(height, width)], series, source.name)
    form = Form(
        height,
        width,
        array.dtype.newbyteorder('='),
        ('',) * channels,
        color,
        planes=count,
        plane_axis='page' if count > 1 else '',
    )
    return MemoryImage(pages, form)


def _pages(array: NDArray[Any], name: str) -> tuple[NDArray[Any], Color]:
    """Values of shape (pages, H, W, channels), and what channels make."""
    has_channels = array.ndim > 2 and array.shape[-1] <= min(_MOST_CHANNELS, *array.shape[-3:-1])
    if array.ndim == 3 and not has_channels and array.shape[0] == 3 and array.dtype == np.uint8:
        return np.moveaxis(array, 0, 2)[None], 'rgb'
    if not has_channels:
        array = array[..., None]
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4:
        shape = tuple(array.shape[: array.ndim - (not has_channels)])
        raise UserError(f'{name} has shape {shape}; wanted are (H, W) or (H, W, channels)')
    return array, 'rgb' if array.shape[3] == 3 else 'channels'
