"""TIFF images of any size, read tile by tile or strip by strip as they are asked for."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.memory import take_channels
from mmnuc.images.ome_stack import OmeFiles, ome_stacks
from mmnuc.images.raw import RawImage
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source
from mmnuc.images.tiff_form import form_of
from mmnuc.images.tiff_segments import Segments
from mmnuc.images.tiff_stack import stacks_of
from mmnuc.images.turned import turned

# Decoded tiles that are kept: a row of tiles is read again with the one below it.
_KEPT_BYTES = 256 * 2**20
# What it says of files is said here in our words.
logging.getLogger('tifffile').addHandler(logging.NullHandler())


class TiffImage:
    """An image of a TIFF file: by default its largest.

    Only the tiles or strips that a box needs are read. Threads may share it.

    Args:
        source: The file.
        series: Which image, counted from 1; None for the largest.

    Attributes:
        form: What its values mean.
        orientation: The tag of that name, for :mod:`mmnuc.images.turned`.

    Raises:
        UserError: The file is damaged, no TIFF, or of colours that can't be read.
    """

    def __init__(self, source: Source, series: int | None = None) -> None:
        self._name = source.name
        self._turn = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], NDArray[Any]] = OrderedDict()
        self._kept_bytes = 0
        self._pages: dict[tuple[int, int, int], tuple[Any, int | None]] = {}
        file = _opened(source.path if source.data is None else source.open(), source.name)
        self._files = OmeFiles(file, source.path, lambda path: _opened(path, str(path)))
        try:
            own_name = Path(source.name).name
            stacks = ome_stacks(file, self._files, own_name) or stacks_of(file, source.name)
            index = choose_series([one.series for one in stacks], series, source.name)
            self._stack = stacks[index]
            tags = self._stack.key.tags
            self.orientation = tags['Orientation'].value if 'Orientation' in tags else 1
            self.form = form_of(self._stack, source.name, [one.series for one in stacks], index)
        except UserError:
            self.close()
            raise
        # tifffile trips over whatever a damaged file says.
        except Exception as error:
            self.close()
            said = str(error) or type(error).__name__
            if isinstance(error, IndexError) and not file.pages:
                raise UserError(
                    f'{source.name} is damaged: it ends before its first page'
                ) from None
            raise UserError(f'{source.name} is damaged, or no TIFF: {said}') from None

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
        """Read a box; see :meth:`mmnuc.images.raw.RawImage.read`.

        Raises:
            UserError: A tile is damaged.
        """
        samples = len(self.form.channels) // len(self._stack.channels)
        parts, rest = [], list(channels)
        while rest:
            number = rest[0] // samples
            own = [c % samples for c in rest if c // samples == number]
            same = len([c for c in rest[: len(own)] if c // samples == number])
            page = self._page(plane, number, level)
            parts.append(take_channels(self._box(page, (x1, y1, x2, y2)), own[:same]))
            rest = rest[same:]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)

    def close(self) -> None:
        """Close the file and forget its tiles."""
        self._files.close()
        self._kept.clear()

    def _page(self, plane: int, channel: int, level: int) -> tuple[Any, int | None]:
        at = plane, channel, level
        with self._turn:
            if at not in self._pages:
                self._pages[at] = self._stack.page(*at)
            page, start = self._pages[at]
        if page is None:
            raise UserError(f'{self._name} lacks plane {plane + 1} of channel {channel + 1}')
        return page, start

    def _box(self, at: tuple[Any, int | None], box: tuple[int, int, int, int]) -> NDArray[Any]:
        page, start = at
        x1, y1, x2, y2 = box
        if start is None and _is_one_large_block(page):
            start = int(page.dataoffsets[0])
        if start is not None:
            return self._contiguous(page, start, box)
        try:
            segments = Segments(page, self._name)
        except (TypeError, ValueError, ZeroDivisionError) as error:
            raise UserError(f'{self._name} is damaged: {error}') from None
        rows = range(y1 // segments.height, -(-y2 // segments.height))
        columns = range(x1 // segments.width, -(-x2 // segments.width))
        segments.check_box(rows, columns)
        values = np.empty((y2 - y1, x2 - x1, int(page.samplesperpixel)), page.dtype)
        for row in rows:
            for column in columns:
                left, top = column * segments.width, row * segments.height
                tile = self._tile(segments, page, row * segments.across + column)
                u1, v1 = max(x1, left), max(y1, top)
                part = tile[v1 - top : y2 - top, u1 - left : x2 - left]
                h, w = part.shape[:2]
                values[v1 - y1 : v1 - y1 + h, u1 - x1 : u1 - x1 + w] = part
        return values

    def _tile(self, segments: Segments, page: Any, index: int) -> NDArray[Any]:
        key = (id(page.parent), page.offset, index)
        with self._turn:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            tile = segments.read(index)
            self._kept[key] = tile
            self._kept_bytes += tile.nbytes
            while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes
            return tile

    def _contiguous(self, page: Any, start: int, box: tuple[int, int, int, int]) -> NDArray[Any]:
        """Rows that lie one after the other: of large strips, and of ImageJ's further planes."""
        x1, y1, x2, y2 = box
        samples, width = int(page.samplesperpixel), int(page.imagewidth)
        dtype = np.dtype(page.parent.byteorder + page.dtype.char)
        row = width * samples * dtype.itemsize
        with self._turn:
            file = page.parent.filehandle
            if start + y2 * row > file.size:
                raise UserError(f'{self._name} is damaged: it ends before its last plane')
            file.seek(start + y1 * row)
            data = file.read((y2 - y1) * row)
        rows = np.frombuffer(data, dtype).reshape(y2 - y1, width, samples)
        return rows[:, x1:x2].astype(page.dtype)


def open_tiff(source: Source, series: int | None = None) -> RawImage:
    """Open a TIFF file and turn it as it says; see :class:`TiffImage`."""
    image = TiffImage(source, series)
    return turned(image, image.orientation)


def _opened(source: Any, name: str) -> Any:
    try:
        # No file but its own: tifffile would follow names that it finds inside. OME-XML is read by
        # ours, which does not. NDPI is OpenSlide's; only a name makes other files one.
        return tifffile.TiffFile(
            source, _multifile=False, is_ndtiff=False, is_ome=False, is_ndpi=False
        )
    except OSError as error:
        raise UserError(f'{name} can not be read: {error.strerror or error}') from None
    except Exception as error:
        said = str(error) or type(error).__name__
        raise UserError(f'{name} is damaged, or no TIFF: {said}') from None


def _is_one_large_block(page: Any) -> bool:
    """Whether rows lie one after the other as they are, in a strip too large to keep."""
    return bool(
        page.nbytes > _KEPT_BYTES
        and page.is_final
        and not page.is_tiled
        and (page.planarconfig == 1 or page.samplesperpixel == 1)
        and page.photometric != tifffile.PHOTOMETRIC.YCBCR
        and page.dtype.kind != 'b'
        and page.bitspersample == page.dtype.itemsize * 8
    )
