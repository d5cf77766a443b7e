"""Mask PNGs at twice the speed of a general reader, and PNGs that were cut off.

A mask of a single nucleus is a large image of zeros with a few rows that are not. Unpacking it is
unavoidable; undoing the line filters of the zero rows is not.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.images.limits import WHOLE_PIXELS

_SIGNATURE = b'\x89PNG\r\n\x1a\n'
_HEADER = struct.Struct('>IIBBBBB')
_NONE, _SUB, _UP = 0, 1, 2


@dataclass(frozen=True)
class PngRows:
    """The rows of a grey image that may hold anything but zero.

    Args:
        pixels: Rows of shape (h, width).
        top: Index of the first of them in the image.
        height: Height of the whole image.
        width: Width of the whole image.
    """

    pixels: NDArray[np.uint8]
    top: int
    height: int
    width: int


def is_png(data: bytes) -> bool:
    """Tell a PNG by its first bytes."""
    return data.startswith(_SIGNATURE)


def chunks_of(data: bytes) -> list[tuple[bytes, memoryview]]:
    """Split a PNG into its chunks and check each against its checksum.

    Args:
        data: The whole file.

    Returns:
        Name and content of every chunk up to the end mark.

    Raises:
        ValueError: The file ends before its end mark, or a checksum is wrong.

    Example:
        >>> chunks_of(_SIGNATURE + b'\\0\\0\\0\\0IEND')
        Traceback (most recent call last):
        ...
        ValueError: truncated after 16 bytes
    """
    chunks: list[tuple[bytes, memoryview]] = []
    position, view = len(_SIGNATURE), memoryview(data)
    while not chunks or chunks[-1][0] != b'IEND':
        if position + 12 > len(data):
            raise ValueError(f'truncated after {len(data)} bytes')
        (size,) = struct.unpack_from('>I', data, position)
        end = position + 8 + size
        if end + 4 > len(data):
            raise ValueError(f'truncated after {len(data)} bytes')
        if zlib.crc32(view[position + 4 : end]) != struct.unpack_from('>I', data, end)[0]:
            raise ValueError(f'damaged: wrong checksum at byte {position}')
        chunks.append((data[position + 4 : position + 8], view[position + 8 : end]))
        position = end + 4
    return chunks


def read_rows(data: bytes) -> PngRows | None:
    """Read the rows of a mask that are not zero.

    Args:
        data: A whole PNG file.

    Returns:
        The rows, or None if this is not a plain 8-bit grey image with simple line filters:
        such a file needs a general reader.

    Raises:
        ValueError: The file is truncated or damaged.
    """
    chunks = chunks_of(data)
    name, header = chunks[0]
    if name != b'IHDR' or len(header) != _HEADER.size:
        raise ValueError('damaged: no header')
    width, height, *form = _HEADER.unpack(header)
    if width * height > WHOLE_PIXELS:
        raise ValueError(f'{width:,} x {height:,} pixels are too many to read at once')
    if form != [8, 0, 0, 0, 0]:
        return None
    packed = b''.join(content for name, content in chunks if name == b'IDAT')
    try:
        # A limit one row above what is needed: a small file can't claim all memory.
        raw = zlib.decompressobj().decompress(packed, (width + 1) * (height + 1))
    except zlib.error as error:
        raise ValueError(f'damaged: {error}') from None
    if len(raw) != height * (width + 1):
        raise ValueError(f'damaged: {len(raw)} bytes of pixels, not {height * (width + 1)}')
    lines = np.frombuffer(raw, np.uint8).reshape(height, width + 1)
    return _undo_filters(lines[:, 0], lines[:, 1:])


def _undo_filters(filters: NDArray[np.uint8], lines: NDArray[np.uint8]) -> PngRows | None:
    """Undo the line filters where the result is not zero; None for the filters of photographs."""
    height, width = lines.shape
    live = np.flatnonzero(lines.any(axis=1))
    if not len(live):
        return PngRows(np.zeros((0, width), np.uint8), 0, height, width)
    top = int(live[0])
    bottom = int(live[-1]) + 1
    # Rows without a difference to the row above them may go on to the end.
    if (filters[bottom:] >= _UP).any():
        bottom = height
    kinds = filters[top:bottom]
    if (kinds > _UP).any():
        return None
    pixels = lines[top:bottom].copy()
    sub = kinds == _SUB
    pixels[sub] = np.cumsum(pixels[sub], axis=1, dtype=np.uint8)
    for y in np.flatnonzero(kinds == _UP):
        if y:
            pixels[y] += pixels[y - 1]
    return PngRows(pixels, top, height, width)
