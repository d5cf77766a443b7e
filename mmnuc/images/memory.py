"""Images in memory, with the values of their file: arrays, and pictures that are read at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.raw import Color, Form

_COLORS: dict[str, Color] = {
    'RGB': 'rgb',
    'RGBA': 'rgb',
    'RGBX': 'rgb',
    'P': 'palette',
    'CMYK': 'cmyk',
}


class MemoryImage:
    """Values in memory, or in a file that the memory is mapped to.

    Args:
        values: Of shape (planes, H, W, channels).
        form: What they mean.

    Example:
        >>> form = Form(4, 5, np.dtype('u1'), channels=('', ''))
        >>> image = MemoryImage(np.zeros((1, 4, 5, 2), np.uint8), form)
        >>> image.read(0, 0, 3, 2, channels=[1]).shape
        (2, 3, 1)
    """

    def __init__(self, values: NDArray[Any], form: Form) -> None:
        self.form = form
        self._values = values

    def read(
        self,
        x1: int,
        y1: int,
        x2: int,
        y2: int,
        *,
        channels: Sequence[int],
        plane: int = 0,
        level: int = 0,
    ) -> NDArray[Any]:
        """Return a box; see :meth:`mmnuc.images.raw.RawImage.read`."""
        del level
        return take_channels(self._values[plane, y1:y2, x1:x2], channels)

    def close(self) -> None:
        """Let go of the values."""
        self._values = self._values[:0]


def take_channels(values: NDArray[Any], channels: Sequence[int]) -> NDArray[Any]:
    """Choose from the last axis, without a copy where they are neighbours.

    Example:
        >>> take_channels(np.array([[5, 6, 7]]), (2, 0)).tolist()
        [[7, 5]]
    """
    first = channels[0]
    if list(channels) == list(range(first, first + len(channels))):
        return values[..., first : first + len(channels)]
    return values[..., list(channels)]


def array_image(pixels: NDArray[Any], name: str = 'the image') -> MemoryImage:
    """Take an array for an image.

    Args:
        pixels: Grey (H, W) or (H, W, 1), two channels (H, W, 2), RGB (H, W, 3) or RGBA (H, W, 4),
            of any real type.
        name: What to call it in errors.

    Returns:
        The image.

    Raises:
        UserError: It has another shape, no pixels, or no numbers.

    Example:
        >>> array_image(np.zeros((4, 5, 4))).form.alpha
        3
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4):
        raise UserError(
            f'{name} has shape {pixels.shape}; wanted are (H, W), or (H, W, channels) with 1 '
            'channel (grey), 2 (of which one is read), 3 (RGB) or 4 (RGBA)'
        )
    check_pixels(pixels.shape[:2], pixels.dtype, name)
    channels = pixels.shape[2]
    form = Form(
        pixels.shape[0],
        pixels.shape[1],
        pixels.dtype,
        channels=('',) * channels,
        color='rgb' if channels > 2 else 'channels',
        alpha=3 if channels == 4 else None,
    )
    return MemoryImage(pixels[None], form)


def check_pixels(size_hw: Sequence[int], dtype: np.dtype[Any], name: str) -> None:
    """Refuse an image without pixels, or of values that are none.

    Raises:
        UserError: It is such an image.
    """
    if 0 in size_hw:
        raise UserError(f'{name} has no pixels: {size_hw[0]} x {size_hw[1]}')
    if dtype.kind not in 'buif':
        raise UserError(f'{name} has values of type {dtype}, which are no pixels')


def pixels_image(
    pixels: NDArray[Any],
    mode: str,
    bits: int = 0,
    palette: NDArray[np.uint8] | None = None,
    passed: tuple[str, ...] = (),
) -> MemoryImage:
    """Take decoded pixels for an image.

    Args:
        pixels: Of shape (H, W) or (H, W, channels).
        mode: What they mean, by Pillow's names of modes; ``RGBX`` is RGB and a channel that is
            nothing known, '' any channels.
        bits: Bits in use; 0 for all of the type.
        palette: The colours of mode ``P``.
        passed: What else the file holds, in words.

    Example:
        >>> pixels_image(np.zeros((2, 2, 4), np.uint8), 'RGBA').form.alpha
        3
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    count = pixels.shape[2]
    form = Form(
        pixels.shape[0],
        pixels.shape[1],
        pixels.dtype,
        channels=('',) * count,
        color=_COLORS.get(mode, 'channels'),
        bits=0 if bits == pixels.dtype.itemsize * 8 else bits,
        alpha=count - 1 if mode in ('LA', 'RGBA') else None,
        palette=palette,
        passed_over=passed,
    )
    return MemoryImage(pixels[None], form)
