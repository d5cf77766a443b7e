"""Tiles and strips of a page of a TIFF, decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images import limits
from mmnuc.images.color import whole_chroma, ycbcr_to_rgb

# Compressions whose decoder gives RGB.
_OF_COLORS = {6, 7, 33003, 33005, 33007, 34712, 34887, 34892, 34933, 50001, 50002}
_COLORED = (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
_NEUTRAL = (0.299, 0.587, 0.114)
# How far they go, by the keys of :data:`mmnuc.images.limits.EXPANSION`.
_EXPANDING = {1: 'none', 5: 'lzw', 6: 'jpeg', 7: 'jpeg', 8: 'deflate', 32946: 'deflate'}
_EXPANDING |= dict.fromkeys((33003, 33004, 33005, 34712, 50001, 50002, 52546), 'picture')


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
        bits = page.bitspersample if isinstance(page.bitspersample, int) else 0
        depth = (bits or page.dtype.itemsize * 8) / 8
        self._pixel_bytes = depth * (1 if self._planes > 1 else int(page.samplesperpixel))
        self._expanding = _EXPANDING.get(int(page.compression), 'other')

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

    def check_box(self, rows: range, columns: range) -> None:
        """Refuse a large box whose tiles can't hold what they are said to.

        Args:
            rows: Rows of the tiles it needs.
            columns: Their columns.

        Raises:
            UserError: They can't, or there are fewer tiles than the box needs.
        """
        if self._bytes(0) * len(rows) * len(columns) <= limits.FREE_BYTES:
            return
        counts = np.asarray(self._page.databytecounts, np.float64)
        if len(counts) < rows[-1] * self.across + columns[-1] + 1:
            raise UserError(f'{self._name} is damaged: it has {len(counts):,} tiles, not all')
        stored = counts[np.add.outer(np.array(rows) * self.across, np.array(columns))]
        wanted = np.array([[self._bytes(row * self.across)] for row in rows])
        most = np.where(stored, stored * limits.EXPANSION[self._expanding], limits.LEFT_OUT_BYTES)
        if np.minimum(most, wanted).sum() < wanted.sum() * len(columns) - limits.FREE_BYTES:
            raise UserError(
                f'{self._name} is damaged: {self._image_hw[1]:,} x {self._image_hw[0]:,} pixels '
                f'can not be in {int(stored.sum()):,} bytes'
            )

    def _bytes(self, index: int) -> float:
        """What a tile becomes; the last strip may be shorter than the others."""
        height = self.height
        if not self._page.is_tiled:
            height = min(height, self._image_hw[0] - index // self.across % self._down * height)
        return height * self.width * self._pixel_bytes

    def _check(self, index: int, size: int, left: int) -> None:
        """Refuse a tile that states more than its bytes, or the rest of the file, can be."""
        if size > left:
            raise ValueError(f'{max(left, 0):,} of {size:,} bytes')
        becomes = self._bytes(index)
        if becomes > limits.LEFT_OUT_BYTES and not (
            size and limits.can_hold(size, becomes, self._expanding)
        ):
            shape = f'{self.width:,} x {self.height:,}'
            raise ValueError(f'{shape} pixels can not be in {size:,} bytes')
        limits.check_whole(self._name, (1, 1), becomes)

    def _segment(self, index: int) -> NDArray[Any]:
        page = self._page
        try:
            held = min(len(page.databytecounts), len(page.dataoffsets))
            if index >= held:
                raise ValueError(f'the file has {held:,} tiles')
            size, offset = page.databytecounts[index], page.dataoffsets[index]
            # Threads share the file; whoever calls holds its turn.
            file = page.parent.filehandle
            self._check(index, size, file.size - offset if size else 0)
            file.seek(offset)
            data = file.read(size) if size else None
            if data is not None and len(data) < size:
                raise ValueError(f'{len(data)} of {size} bytes')
            if data is not None and self._is_ycbcr() and page.is_subsampled:
                return self._unpacked(data, index)
            decoded, _, shape = page.decode(
                data, index, jpegtables=page.jpegtables, jpegheader=page.jpegheader
            )
        except UserError:
            raise
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
