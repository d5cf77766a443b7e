"""Tiles and strips of a page of a TIFF, decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.color import whole_chroma, ycbcr_to_rgb

# Compressions whose decoder gives RGB.
_OF_COLORS = {6, 7, 33003, 33005, 33007, 34712, 34887, 34892, 34933, 50001, 50002}
_COLORED = (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
_NEUTRAL = (0.299, 0.587, 0.114)


class Segments:
    """The tiles or strips of a page.

    Args:
        page: A page of tifffile.
        name: The file, for messages.

    Attributes:
        height: Height in pixels of a tile or strip.
        width: Its width.
        across: How many lie beside each other.
    """

    def __init__(self, page: Any, name: str) -> None:
        self._page, self._name = page, name
        self._image_hw = int(page.imagelength), int(page.imagewidth)
        height = int(page.tilelength if page.is_tiled else page.rowsperstrip)
        self.height = height if page.is_tiled else min(height, self._image_hw[0]) or height
        self.width = int(page.tilewidth) if page.is_tiled else self._image_hw[1]
        self.across = -(-self._image_hw[1] // self.width)
        self._down = -(-self._image_hw[0] // self.height)
        self._planes = int(page.samplesperpixel) if page.planarconfig == 2 else 1

    def read(self, index: int) -> NDArray[Any]:
        """Decode a tile or strip, of shape (h, w, samples), cut off where the image ends.

        Raises:
            UserError: It is damaged.
        """
        planes = [self._segment(index + i * self.across * self._down) for i in range(self._planes)]
        values = planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)
        row, column = divmod(index, self.across)
        h = min(self.height, self._image_hw[0] - row * self.height)
        w = min(self.width, self._image_hw[1] - column * self.width)
        values = values[:h, :w]
        return self._to_rgb(values) if self._is_ycbcr() else values

    def _segment(self, index: int) -> NDArray[Any]:
        page = self._page
        try:
            size = page.databytecounts[index]
            # Threads share the file; whoever calls holds its turn.
            file = page.parent.filehandle
            file.seek(page.dataoffsets[index])
            data = file.read(size) if size else None
            if data is not None and len(data) < size:
                raise ValueError(f'{len(data)} of {size} bytes')
            if data is not None and self._is_ycbcr() and page.is_subsampled:
                return self._unpacked(data, index)
            decoded, _, shape = page.decode(
                data, index, jpegtables=page.jpegtables, jpegheader=page.jpegheader
            )
        # Decoders raise exceptions of their own, without a base class.
        except Exception as error:
            said = str(error) or type(error).__name__
            raise UserError(f'{self._name} is damaged, tile {index}: {said}') from None
        if decoded is None:
            # Scanners leave out tiles of bare glass, other programs tiles of zeros.
            return np.full((*shape[1:3], shape[3]), page.nodata or self._empty(), page.dtype)
        return np.asarray(decoded[0])

    def _empty(self) -> int:
        is_color = self._page.photometric in _COLORED
        return 255 if is_color and self._page.dtype == np.uint8 else 0

    def _is_ycbcr(self) -> bool:
        page = self._page
        return bool(
            page.photometric == tifffile.PHOTOMETRIC.YCBCR and page.compression not in _OF_COLORS
        )

    def _unpacked(self, data: bytes, index: int) -> NDArray[Any]:
        """Decompress YCbCr whose colours may be stored once for several pixels."""
        page = self._page
        if page.compression != 1:
            data = tifffile.TIFF.DECOMPRESSORS[page.compression](data)
        values = np.frombuffer(data, np.uint8)
        row = index // self.across
        height = self.height
        if not page.is_tiled:
            height = min(height, self._image_hw[0] - row * height)
        # Files without the tag mean 2 x 2 by the standard, and often none.
        if len(values) == height * self.width * 3:
            return values.reshape(height, self.width, 3)
        across, down = page.subsampling or (2, 2)
        return whole_chroma(values, (height, self.width), (down, across))

    def _to_rgb(self, values: NDArray[Any]) -> NDArray[Any]:
        tags = self._page.tags
        if values.dtype != np.uint8 or values.shape[2] != 3:
            raise UserError(f'{self._name} has YCbCr colours of {values.dtype}; save it as RGB')
        luma = _ratios(tags, 'YCbCrCoefficients') or _NEUTRAL
        black_white = _ratios(tags, 'ReferenceBlackWhite') or (
            0.0,
            255.0,
            128.0,
            255.0,
            128.0,
            255.0,
        )
        if len(luma) != 3 or len(black_white) != 6:
            raise UserError(f'{self._name} is damaged: its YCbCr tags are incomplete')
        return ycbcr_to_rgb(values, (luma[0], luma[1], luma[2]), black_white)


def _ratios(tags: Any, name: str) -> tuple[float, ...]:
    """Values of a tag of fractions, as numbers; none where there is no such tag."""
    values = tags[name].value if name in tags else ()
    pairs = zip(values[::2], values[1::2], strict=True)
    return tuple(above / below for above, below in pairs if below)
