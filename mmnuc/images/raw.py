"""What a reader of a file format gives: values as the file holds them, and what they mean.

A *backend* knows one format and nothing of RGB: it is a class with a :class:`Form` in ``form``, and
with ``read`` and ``close``, as :class:`RawImage` says. One class for all formats,
:class:`mmnuc.images.rgb_image.RgbImage`, turns that into RGB of 8 bits, chooses channels and
planes, and writes the line that says what was read. A backend is made from a :class:`Source` and
from the number of the image wanted (``--series``), which it hands to
:func:`mmnuc.images.selection.choose_series` together with what the file holds; it raises
``UserError`` for what is damaged. It decodes YCbCr and CIELAB itself and calls the result ``rgb``,
but leaves palettes, inks and inverted greys as they are, because label maps are read raw. It opens
no file but its own, or those in the same folder that belong to it. Threads share it.

To add one, write the module and give it a row in :data:`mmnuc.images.backends.BACKENDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize

# channels: every one a picture of its own, such as the stains of fluorescence; one is grey.
# white_is_zero: the same, but 0 is white. palette: numbers of colours. cmyk: four inks.
Color = Literal['channels', 'rgb', 'palette', 'cmyk', 'white_is_zero']


@dataclass(frozen=True)
class Series:
    """One image of a file, to choose from.

    Args:
        height: Height in pixels at full resolution.
        width: Width in pixels.
        name: What the file calls it.
        is_aside: It is a label, a macro or a thumbnail: never chosen unless asked for.
    """

    height: int
    width: int
    name: str = ''
    is_aside: bool = False


@dataclass(frozen=True)
class Form:
    """What the values of an image mean.

    Args:
        height: Height in pixels at full resolution.
        width: Width in pixels.
        dtype: Type of the values.
        channels: Names of the channels or samples, '' for each without; their number is their
            count. All of them count, alpha too.
        color: How channels make a colour.
        bits: Bits in use, where the file says so, such as 12 in 16; 0 if all of ``dtype``.
        alpha: Which channel says how opaque a pixel is, counted from 0; None if the file calls
            none so.
        premultiplied: Colours are multiplied by alpha already.
        palette: ``uint8`` (N, 3): the colours of a palette, or (N, 4) with alpha.
        planes: Number of planes of which one is read: a stack's.
        plane_axis: What planes are: ``Z``, ``T`` or ``page``.
        levels: Height and width of each level of a pyramid; the first is full resolution. Empty
            for one level.
        series: All images of the file.
        index: Which of them this is, counted from 0.
        pixel_size: Micrometres a pixel at full resolution, where the file says so.
        passed_over: What else the file holds and is not read, in words.
        is_bare: None of its pixels was written: a label map without a nucleus, or a picture that
            was not copied wholly.
    """

    height: int
    width: int
    dtype: np.dtype[Any]
    channels: tuple[str, ...] = ('',)
    color: Color = 'channels'
    bits: int = 0
    alpha: int | None = None
    premultiplied: bool = False
    palette: NDArray[np.uint8] | None = field(default=None, compare=False)
    planes: int = 1
    plane_axis: str = ''
    levels: tuple[tuple[int, int], ...] = ()
    series: tuple[Series, ...] = ()
    index: int = 0
    pixel_size: PixelSize | None = None
    passed_over: tuple[str, ...] = ()
    is_bare: bool = False


class RawImage(Protocol):
    """An image that is read by boxes, with the values of the file."""

    @property
    def form(self) -> Form:
        """What its values mean."""

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
        """Return a box inside a level, in its own pixels.

        Args:
            x1: Its left column.
            y1: Its upper row.
            x2: The column after its last.
            y2: The row after its last.
            channels: Which channels, counted from 0, in this order; those of colours are asked for
                together.
            plane: Which plane, counted from 0.
            level: Which level of the pyramid.

        Returns:
            Values of shape (y2 - y1, x2 - x1, len(channels)).

        Raises:
            UserError: A part of the file is damaged.
        """

    def close(self) -> None:
        """Close what is open."""
