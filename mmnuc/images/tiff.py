"""TIFF images of any size, read tile by tile or strip by strip as they are asked for."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.convert import Rgb, cmyk_to_rgb, scale_of, to_rgb

# Decoded tiles that are kept: a row of tiles is read again with the one below it.
_KEPT_BYTES = 256 * 2**20
# Beyond this many pixels the scale is found on some of the tiles.
_ALL_PIXELS = 16_000_000
_SAMPLED_TILES = 64
_AXES = ('YX', 'YXS', 'SYX', 'CYX', 'YXC')
# A microscope's; what lies outside is a resolution that some program made up.
_PLAUSIBLE_UM = (0.02, 20.0)
_UM_PER_UNIT = {2: 25_400.0, 3: 10_000.0}  # inch, centimetre


class TiffImage:
    """The first and largest image of a TIFF, such as a slide's full resolution.

    Only the tiles or strips that a box needs are read. Threads may share it.

    Args:
        path: The file.

    Attributes:
        height: Height in pixels.
        width: Width in pixels.
        pixel_size: Micrometres a pixel, where the file says so.

    Raises:
        UserError: The file is damaged, no TIFF, or holds something else than one image.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._turn = threading.Lock()
        self._kept: OrderedDict[int, Rgb] = OrderedDict()
        self._kept_bytes = 0
        try:
            self._file = tifffile.TiffFile(self._path)
            self._page = _only_page(self._file, self._path)
        except tifffile.TiffFileError as error:
            raise UserError(f'{path} is damaged, or no TIFF: {error}') from None
        page = self._page
        self.height, self.width = int(page.imagelength), int(page.imagewidth)
        if not self.height or not self.width:
            raise UserError(f'{path} has no pixels: {self.height} x {self.width}')
        self._tile_h = int(page.tilelength if page.is_tiled else page.rowsperstrip)
        self._tile_h = min(self._tile_h, self.height) or self.height
        self._tile_w = int(page.tilewidth) if page.is_tiled else self.width
        self._across = -(-self.width // self._tile_w)
        self._down = -(-self.height // self._tile_h)
        self._planes = int(page.samplesperpixel) if page.planarconfig == 2 else 1
        self.pixel_size = _pixel_size(page)
        self._scale = None if self._is_plain() else scale_of(self._sample(), str(path))

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Read a box inside the image, of shape (y2 - y1, x2 - x1, 3).

        Raises:
            UserError: A tile is damaged, or has values that are NaN or infinite.
        """
        rgb = np.empty((y2 - y1, x2 - x1, 3), np.uint8)
        for row in range(y1 // self._tile_h, -(-y2 // self._tile_h)):
            for column in range(x1 // self._tile_w, -(-x2 // self._tile_w)):
                left, top = column * self._tile_w, row * self._tile_h
                tile = self._tile(row * self._across + column)
                u1, v1 = max(x1, left), max(y1, top)
                part = tile[v1 - top : y2 - top, u1 - left : x2 - left]
                h, w = part.shape[:2]
                rgb[v1 - y1 : v1 - y1 + h, u1 - x1 : u1 - x1 + w] = part
        return rgb

    def close(self) -> None:
        """Close the file and forget its tiles."""
        self._file.close()
        self._kept.clear()

    def _is_plain(self) -> bool:
        return bool(self._page.dtype == np.uint8)

    def _tile(self, index: int) -> Rgb:
        with self._turn:
            if index in self._kept:
                self._kept.move_to_end(index)
                return self._kept[index]
            tile = self._to_rgb(self._raw(index))
            self._kept[index] = tile
            self._kept_bytes += tile.nbytes
            while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes
            return tile

    def _raw(self, index: int) -> NDArray[Any]:
        """Decode a tile, of shape (h, w, samples), cut off where the image ends."""
        planes = [self._segment(index + k * self._across * self._down) for k in range(self._planes)]
        tile = planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)
        row, column = divmod(index, self._across)
        h = min(self._tile_h, self.height - row * self._tile_h)
        w = min(self._tile_w, self.width - column * self._tile_w)
        return tile[:h, :w]

    def _segment(self, index: int) -> NDArray[Any]:
        page = self._page
        try:
            size = page.databytecounts[index]
            self._file.filehandle.seek(page.dataoffsets[index])
            data = self._file.filehandle.read(size) if size else None
            if data is not None and len(data) < size:
                raise ValueError(f'{len(data)} of {size} bytes')
            decoded, _, shape = page.decode(
                data, index, jpegtables=page.jpegtables, jpegheader=page.jpegheader
            )
        # Decoders raise exceptions of their own, without a base class.
        except Exception as error:
            raise UserError(f'{self._path} is damaged, tile {index}: {error}') from None
        if decoded is None:
            # Scanners leave out tiles of bare glass.
            return np.full((*shape[1:3], shape[3]), page.nodata or 255, page.dtype)
        return np.asarray(decoded[0])

    def _to_rgb(self, raw: NDArray[Any]) -> Rgb:
        kind = self._page.photometric
        if kind == tifffile.PHOTOMETRIC.PALETTE:
            return np.ascontiguousarray(
                (self._page.colormap[:, raw[..., 0]] >> 8).T.swapaxes(0, 1), np.uint8
            )
        if kind == tifffile.PHOTOMETRIC.SEPARATED:
            return cmyk_to_rgb(raw[..., :4])
        rgb = to_rgb(raw, str(self._path), self._scale)
        return 255 - rgb if kind == tifffile.PHOTOMETRIC.MINISWHITE else rgb

    def _sample(self) -> NDArray[Any]:
        """Values to find the scale by: all of them, or those of tiles spread evenly."""
        count = self._across * self._down
        chosen = np.arange(count)
        if self.height * self.width > _ALL_PIXELS and count > _SAMPLED_TILES:
            chosen = np.unique(np.linspace(0, count - 1, _SAMPLED_TILES).astype(int))
        colors = 3 if self._page.samplesperpixel > 2 else 1
        return np.concatenate([self._raw(int(i))[..., :colors].ravel() for i in chosen])


def _only_page(file: Any, path: Path) -> Any:
    """The page of the first image at full resolution."""
    if not file.series:
        raise UserError(f'{path} holds no image')
    series = file.series[0]
    axes = series.axes.replace('Q', '')
    if len(series.pages) > 1 or axes not in _AXES:
        shape = ' x '.join(map(str, series.shape))
        raise UserError(f'{path} is a stack ({series.axes}, {shape}), not one image')
    page = series.pages[0].aspage()
    most = 5 if page.photometric == tifffile.PHOTOMETRIC.SEPARATED else 4
    if not 1 <= page.samplesperpixel <= most:
        raise UserError(f'{path} has {page.samplesperpixel} channels; 1 to 4 are wanted')
    if page.photometric == tifffile.PHOTOMETRIC.CIELAB:
        raise UserError(f'{path} has CIELAB colours; save it as RGB')
    return page


def _pixel_size(page: Any) -> float | None:
    """Micrometres a pixel, as Aperio writes them, OME or the resolution tags."""
    text = str(page.description or '')
    found = re.search(r'\bMPP\s*=\s*([\d.]+)', text) or re.search(
        r'PhysicalSizeX="([\d.eE+-]+)"(?![^>]*PhysicalSizeXUnit="(?!µm|&#181;m|um))', text
    )
    size = float(found[1]) if found else _from_resolution(page)
    low, high = _PLAUSIBLE_UM
    return size if size is not None and low <= size <= high else None


def _from_resolution(page: Any) -> float | None:
    tags = page.tags
    if 'XResolution' not in tags:
        return None
    unit = int(tags['ResolutionUnit'].value) if 'ResolutionUnit' in tags else 2
    numerator, denominator = tags['XResolution'].value
    if unit not in _UM_PER_UNIT or not numerator or not denominator:
        return None
    return float(_UM_PER_UNIT[unit] * denominator / numerator)
