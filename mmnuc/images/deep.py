"""PNG, JPEG and JPEG 2000 of more than 8 bits, of which general decoders drop some."""

from __future__ import annotations

import struct
from typing import NamedTuple

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import png
from mmnuc.images.limits import check_stored
from mmnuc.images.memory import MemoryImage, pixels_image
from mmnuc.images.turned import turned_array

JPEG = b'\xff\xd8\xff'
LOSSLESS = 0xC3
_ORIENTATION = 274  # the tag of EXIF
# Start of frame: the markers that state the number of components.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_2000 = (b'\0\0\0\x0cjP  ', b'\xff\x4f\xff\x51')
_MODES_OF_PNG = {0: 'L', 2: 'RGB', 4: 'LA', 6: 'RGBA'}


class JpegFrame(NamedTuple):
    """What the start of frame of a JPEG states; zeros without one."""

    bits: int = 0
    components: int = 0
    kind: int = 0
    height: int = 0
    width: int = 0


def jpeg_frame(data: bytes) -> JpegFrame:
    """Read the start of frame of a JPEG."""
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from('>HH', data, at + 5)
            return JpegFrame(data[at + 4], data[at + 9], marker, height, width)
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], 'big')
    return JpegFrame()


def read_deep(name: str, data: bytes) -> MemoryImage | None:
    """Decode what has more than 8 bits, and JPEG 2000 whose channels Pillow would take for alpha.

    Args:
        name: The file, for messages.
        data: Its content.

    Returns:
        The values; None for other files.

    Raises:
        UserError: It is damaged.
    """
    try:
        if png.is_png(data) and data[24:25] == b'\x10':
            return _png(data)
        if data.startswith(JPEG):
            frame = jpeg_frame(data)
            if frame.bits > 8 or frame.kind == LOSSLESS:
                pixels = imagecodecs.jpeg_decode(data)
                return pixels_image(pixels, 'RGB' if pixels.ndim == 3 else 'L', frame.bits)
        if data.startswith(_JPEG_2000):
            return _jpeg_2000(name, data)
    except UserError:
        raise
    # Decoders raise exceptions of their own, without a base class.
    except Exception as error:
        raise UserError(f'{name} is damaged: {error}') from None
    return None


def _png(data: bytes) -> MemoryImage:
    chunks = dict(png.chunks_of(data))
    pixels = turned_array(_png_pixels(data), _orientation(chunks.get(b'eXIf')))
    mode, count = _MODES_OF_PNG[data[25]], 1 if pixels.ndim == 2 else pixels.shape[2]
    if b'tRNS' in chunks and mode in ('L', 'RGB'):
        colors = pixels.reshape(*pixels.shape[:2], count)[..., : len(mode)]
        glass = (colors == np.frombuffer(chunks[b'tRNS'], '>u2')).all(axis=2)
        alpha = np.where(glass, 0, 65535).astype(np.uint16)
        return pixels_image(np.dstack([colors, alpha]), f'{mode}A')
    return pixels_image(pixels, mode)


def _orientation(exif: memoryview | None) -> int:
    """How an image lies, by the content of an ``eXIf`` chunk."""
    found = Image.Exif()
    if exif is not None:
        found.load(bytes(exif))
    return int(found.get(_ORIENTATION, 1))


def _png_pixels(data: bytes) -> NDArray[np.uint16]:
    # Of interlaced ones imagecodecs' library warns on stderr, once for every row.
    if data[28:29] == b'\1' and _MODES_OF_PNG[data[25]] in ('L', 'RGB'):
        how = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
        how |= cv2.IMREAD_COLOR if data[25] == 2 else cv2.IMREAD_GRAYSCALE
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), how)
        if bgr is not None:
            return np.ascontiguousarray(bgr if bgr.ndim == 2 else bgr[..., ::-1], np.uint16)
    pixels: NDArray[np.uint16] = imagecodecs.png_decode(data)
    return pixels


def _jpeg_2000(name: str, data: bytes) -> MemoryImage | None:
    """Decode JPEG 2000 with all its bits; its fourth channel is alpha if a ``cdef`` box says so."""
    start = data.find(b'\xff\x4f\xff\x51')
    bits = (data[start + 42] & 0x7F) + 1
    count = int.from_bytes(data[start + 40 : start + 42], 'big')
    right, low, left, top = struct.unpack_from('>IIII', data, start + 8)
    check_stored(
        name, (low - top, right - left), count * (2 if bits > 8 else 1), len(data), 'picture'
    )
    defined = data[:start].find(b'cdef')
    has_alpha = defined >= 0 and _defines_alpha(data[defined + 4 : start])
    if (bits <= 8 and count in (1, 3)) or (count in (2, 4) and has_alpha and bits <= 8):
        return None
    pixels = imagecodecs.jpeg2k_decode(data)
    kinds = {1: 'L', 3: 'RGB', 2: 'LA' if has_alpha else '', 4: 'RGBA' if has_alpha else 'RGBX'}
    return pixels_image(pixels, kinds.get(count, ''), bits)


def _defines_alpha(box: bytes) -> bool:
    """Whether a channel definition gives the last channel type 1, opacity."""
    count = int.from_bytes(box[:2], 'big')
    kinds = [struct.unpack_from('>HHH', box, 2 + 6 * i) for i in range(count)]
    return any(channel == count - 1 and kind == 1 for channel, kind, _ in kinds)
