"""Raw values of any file as RGB of 8 bits: the one place where that is decided.

:mod:`mmnuc.images.values` has the rule for values; :mod:`mmnuc.images.selection` what is read of a
file that holds more than one image of one channel. Only what a file calls alpha is alpha: it is
laid over white. Several channels chosen have a scale each, colours have one for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.color import Rgb, as_seen, cmyk_to_rgb, over_white
from mmnuc.images.description import describe
from mmnuc.images.limits import check_whole, memory_in_words
from mmnuc.images.noise import check_finite
from mmnuc.images.options import ReadOptions
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.raw import RawImage
from mmnuc.images.selection import choose_channels, choose_planes
from mmnuc.images.values import Scale, find_scale, scale_by_type

# Up to this many pixels the scale is found on all of them, beyond on boxes spread evenly.
_ALL_PIXELS = 16 * 2**20
_BOX = 512
_BOXES = 64


class RgbImage:
    """An image as RGB of 8 bits, read by boxes. Threads may share it.

    Args:
        raw: What reads its values.
        options: What to read of it.
        name: The file, for messages.

    Attributes:
        height: Height in pixels.
        width: Width in pixels.
        pixel_size: Micrometres a pixel, where it is known.
        levels: Height and width of each level of its pyramid; the first is full resolution.

    Raises:
        UserError: What is asked for is not in the file, a part of the file is damaged, or values
            are NaN or infinite.

    Example:
        >>> from mmnuc.images.memory import array_image
        >>> image = RgbImage(array_image(np.full((4, 5), 7, np.uint8)), ReadOptions(), 'a.png')
        >>> image.read(0, 0, 2, 1).tolist(), image.description
        ([[[7, 7, 7], [7, 7, 7]]], 'a.png: 5 x 4, grey 8 bit, pixel size unknown')
    """

    def __init__(self, raw: RawImage, options: ReadOptions, name: str) -> None:
        form = raw.form
        if form.is_bare:
            raise UserError(f'{name} has no chunk of pixels: it was not copied wholly')
        self._raw, self._form, self._name = raw, form, name
        self.height, self.width = form.height, form.width
        self.levels = form.levels or ((form.height, form.width),)
        self.pixel_size: PixelSize | None = options.pixel_size or form.pixel_size
        self._channels = choose_channels(form, options.channels, name)
        self._planes = choose_planes(form, options, name)
        self._colored = form.color in ('rgb', 'cmyk')
        # Channels that were chosen one by one show the image, not what is seen through it.
        self._alpha = None if options.channels else form.alpha
        self._scales = self._find_scales(options.value_range)

    @cached_property
    def description(self) -> str:
        """A line that says what is read."""
        read = self._channels, self._planes, self._scales
        return describe(
            self._name, self._form, *read, self.pixel_size, over_white=self._alpha is not None
        )

    @property
    def is_as_stored(self) -> bool:
        """Whether its values have 8 bits in the file, so that none is changed."""
        return not self._scales

    @property
    def holds_more(self) -> bool:
        """Whether the file holds more images, planes or channels than are read."""
        form = self._form
        channels = len(self._channels) + (form.alpha is not None)
        return bool(
            form.passed_over
            or len(form.series) > 1
            or form.planes > len(self._planes)
            or (form.color != 'cmyk' and len(form.channels) > channels)
        )

    def read(self, x1: int, y1: int, x2: int, y2: int, level: int = 0) -> Rgb:
        """Read a box inside the image, or inside a level in that level's pixels.

        Args:
            x1: Its left column.
            y1: Its upper row.
            x2: The column after its last.
            y2: The row after its last.
            level: The level.

        Returns:
            RGB of shape (y2 - y1, x2 - x1, 3).

        Raises:
            UserError: A part of the file is damaged, or has values that are NaN or infinite.
        """
        box = (x1, y1, x2, y2)
        taken = max(3, len(self._channels) * self._form.dtype.itemsize)
        check_whole(self._name, (y2 - y1, x2 - x1), taken)
        with memory_in_words(self._name):
            return self._rgb(box, level)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def _rgb(self, box: tuple[int, int, int, int], level: int) -> Rgb:
        if self._form.color == 'palette':
            return self._by_palette(self._values(box, level))
        eight = self._to_8_bits(self._values(box, level))
        if self._form.color == 'cmyk':
            return cmyk_to_rgb(eight)
        if self._alpha is not None:
            opaque = self._raw.read(
                *box, channels=[self._alpha], plane=self._planes[0], level=level
            )
            eight = over_white(eight, self._opaque(opaque), self._form.premultiplied)
        return np.ascontiguousarray(np.broadcast_to(eight, (*eight.shape[:2], 3)))

    def _values(self, box: tuple[int, int, int, int], level: int = 0) -> NDArray[Any]:
        """Values of the channels chosen, of all planes chosen together."""
        parts = (
            self._raw.read(*box, channels=self._channels, plane=plane, level=level)
            for plane in self._planes
        )
        values = next(parts)
        for part in parts:
            values = np.maximum(values, part)
        return as_seen(values, self._form.bits) if self._form.color == 'white_is_zero' else values

    def _to_8_bits(self, values: NDArray[Any]) -> Rgb:
        check_finite(values, self._name)
        if not self._scales:
            return values
        if len(self._scales) == 1:
            return self._scales[0](values)
        return np.dstack([scale(values[..., i]) for i, scale in enumerate(self._scales)])

    def _find_scales(self, chosen: tuple[float, float] | None) -> tuple[Scale, ...]:
        """One scale for all channels, or one for each; none for values of 8 bits."""
        form = self._form
        if chosen is not None:
            if not chosen[0] < chosen[1]:
                raise UserError(
                    f'a range goes from low to high, not {chosen[0]:g} to {chosen[1]:g}'
                )
            return (Scale(*map(float, chosen)),)
        if form.color == 'palette':
            return ()
        known = self._full_ink() if form.color == 'cmyk' else scale_by_type(form.dtype, form.bits)
        if known or form.dtype == np.uint8:
            return (known,) if known else ()
        if self._colored or len(self._channels) == 1:
            return (find_scale(self._samples(), self._colored, self._name),)
        blocks = list(self._samples())
        return tuple(
            find_scale([block[..., i : i + 1] for block in blocks], False, self._name)
            for i in range(len(self._channels))
        )

    def _samples(self) -> Iterator[NDArray[Any]]:
        """Values to find the scale by: all of them, or those of boxes spread evenly."""
        rows, columns = -(-self.height // _BOX), -(-self.width // _BOX)
        if self.height * self.width > _ALL_PIXELS:
            rows = max(1, round((_BOXES * self.height / self.width) ** 0.5))
            columns = max(1, _BOXES // rows)
        for y in _spread(self.height, rows):
            for x in _spread(self.width, columns):
                yield self._values((x, y, min(x + _BOX, self.width), min(y + _BOX, self.height)))

    def _full_ink(self) -> Scale | None:
        """The scale of inks and of alpha: the largest number is all; None for 8 bits."""
        form = self._form
        if form.dtype == np.uint8 and not form.bits:
            return None
        bits = form.bits or form.dtype.itemsize * 8 - (form.dtype.kind == 'i')
        return Scale(0.0, float(2**bits - 1) if form.dtype.kind in 'ui' else 1.0)

    def _opaque(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        check_finite(values, self._name)
        full = self._full_ink()
        return values if full is None else full(values)

    def _by_palette(self, numbers: NDArray[Any]) -> Rgb:
        palette = self._form.palette
        assert palette is not None
        colors = palette[np.minimum(numbers[..., 0].astype(np.int64), len(palette) - 1)]
        return np.ascontiguousarray(over_white(colors[..., :3], colors[..., 3:]))


def _spread(length: int, count: int) -> list[int]:
    """Where boxes begin, from the first to the last that fits."""
    starts: list[int] = np.linspace(0, max(length - _BOX, 0), count).astype(int).tolist()
    return starts
