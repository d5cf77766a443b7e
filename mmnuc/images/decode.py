"""Files that are read at once: PNG, JPEG, BMP, GIF, WebP, JPEG 2000, and what else Pillow knows."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mmnuc.errors import UserError
from mmnuc.images import png
from mmnuc.images.memory import MemoryImage, check_pixels
from mmnuc.images.raw import Form, Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

_JPEG = b'\xff\xd8\xff'
_END_OF_JPEG = b'\xff\xd9'
# Start of frame: the markers that state the number of components.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_LOSSLESS = 0xC3
_JPEG_2000 = (b'\0\0\0\x0cjP  ', b'\xff\x4f\xff\x51')
# Pillow's other formats are no pictures of tissue; one of them starts a program.
_FORMATS = ('PNG', 'JPEG', 'MPO', 'BMP', 'DIB', 'GIF', 'WEBP', 'JPEG2000', 'PPM', 'PSD', 'AVIF')
_WITH_ALPHA = ('RGBA', 'LA', 'PA', 'La', 'RGBa')


def read_picture(source: Source, series: int | None = None) -> MemoryImage:
    """Decode a file; what lies in it turned is turned as EXIF says.

    Args:
        source: The file.
        series: Only the first is in there.

    Returns:
        The values, palettes and inks as they are.

    Raises:
        UserError: It is empty, damaged or no picture.
    """
    data = source.read()
    if not data:
        raise UserError(f'{source.name} is an empty file')
    plain = read_plain(source.name, data)
    if plain is not None:
        pixels = plain if plain.ndim == 2 else plain[..., ::-1]
        image = _image(pixels, 'RGB' if pixels.ndim == 3 else 'L')
    elif (deep := _deep(source.name, data)) is not None:
        image = deep
    else:
        image = _by_pillow(source.name, data)
    form = image.form
    check_pixels((form.height, form.width), form.dtype, source.name)
    choose_series([Series(form.height, form.width)], series, source.name)
    return image


def read_plain(name: str, data: bytes) -> NDArray[np.uint8] | None:
    """Decode what nothing has to be decided about, with the fastest decoder at hand.

    Args:
        name: The file, for messages.
        data: Its content.

    Returns:
        Grey (H, W) or BGR (H, W, 3) of a PNG or JPEG with 8 bits, whole and without alpha; None
        for all else.

    Raises:
        UserError: It is truncated.
    """
    if png.is_png(data):
        colors = _plain_png(name, data)
    elif data.startswith(_JPEG) and data.rstrip(b'\0').endswith(_END_OF_JPEG):
        # OpenCV fills what a truncated file lacks with grey, and says nothing.
        bits, colors, kind = _frame(data)
        if bits != 8 or kind == _LOSSLESS:
            return None
    else:
        return None
    if colors not in (1, 3):
        return None
    how = cv2.IMREAD_GRAYSCALE if colors == 1 else cv2.IMREAD_COLOR
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels, np.uint8)


def _plain_png(name: str, data: bytes) -> int:
    """Number of colours of a PNG of 8 bits without palette or alpha, else 0."""
    try:
        chunks = png.chunks_of(data)
        _, _, depth, kind, *_ = struct.unpack('>IIBBBBB', chunks[0][1])
    except (ValueError, struct.error) as error:
        raise UserError(f'{name} is damaged: {error}') from None
    if depth != 8 or any(chunk == b'tRNS' for chunk, _ in chunks):
        return 0
    return {0: 1, 2: 3}.get(kind, 0)


def _frame(data: bytes) -> tuple[int, int, int]:
    """Bits, number of components and kind of a JPEG, from its start of frame; zeros without one."""
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return data[at + 4], data[at + 9], marker
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], 'big')
    return 0, 0, 0


def _deep(name: str, data: bytes) -> MemoryImage | None:
    """Decode what has more than 8 bits, of which Pillow would drop some."""
    try:
        if png.is_png(data) and data[24:25] == b'\x10':
            pixels = imagecodecs.png_decode(data)
            return _image(pixels, {0: 'L', 2: 'RGB', 4: 'LA', 6: 'RGBA'}[data[25]])
        if data.startswith(_JPEG):
            bits, _, kind = _frame(data)
            if bits > 8 or kind == _LOSSLESS:
                pixels = imagecodecs.jpeg_decode(data)
                return _image(pixels, 'RGB' if pixels.ndim == 3 else 'L', bits)
        if data.startswith(_JPEG_2000):
            return _jpeg_2000(data)
    # Decoders raise exceptions of their own, without a base class.
    except Exception as error:
        raise UserError(f'{name} is damaged: {error}') from None
    return None


def _jpeg_2000(data: bytes) -> MemoryImage | None:
    """Decode JPEG 2000 with all its bits; its fourth channel is alpha if a ``cdef`` box says so."""
    start = data.find(b'\xff\x4f\xff\x51')
    bits = (data[start + 42] & 0x7F) + 1
    count = int.from_bytes(data[start + 40 : start + 42], 'big')
    defined = data[:start].find(b'cdef')
    has_alpha = defined >= 0 and _defines_alpha(data[defined + 4 : start])
    if (bits <= 8 and count in (1, 3)) or (count in (2, 4) and has_alpha and bits <= 8):
        return None
    pixels = imagecodecs.jpeg2k_decode(data)
    kinds = {1: 'L', 3: 'RGB', 2: 'LA' if has_alpha else '', 4: 'RGBA' if has_alpha else 'RGBX'}
    return _image(pixels, kinds.get(count, ''), bits)


def _defines_alpha(box: bytes) -> bool:
    """Whether a channel definition gives the last channel type 1, opacity."""
    count = int.from_bytes(box[:2], 'big')
    kinds = [struct.unpack_from('>HHH', box, 2 + 6 * i) for i in range(count)]
    return any(channel == count - 1 and kind == 1 for channel, kind, _ in kinds)


def _by_pillow(name: str, data: bytes) -> MemoryImage:
    image = _open(name, data)
    frames = int(getattr(image, 'n_frames', 1))
    passed = (f'{frames - 1} more frames',) if frames > 1 else ()
    bits = data[24] if png.is_png(data) else 8
    image = ImageOps.exif_transpose(image)
    transparency = image.info.get('transparency')
    if image.mode == 'P':
        return _image(np.asarray(image), 'P', palette=_palette(image, transparency), passed=passed)
    if image.mode in ('LA', 'RGBA'):
        return _image(np.asarray(image), image.mode, passed=passed)
    if image.mode in _WITH_ALPHA or transparency is not None:
        return _image(np.asarray(image.convert('RGBA')), 'RGBA', passed=passed)
    if image.mode == 'L' and bits in (2, 4):
        # Pillow spreads them over 8 bits.
        return _image(np.asarray(image) // np.uint8(255 // (2**bits - 1)), 'L', bits)
    if image.mode == 'CMYK':
        return _image(np.asarray(image), 'CMYK')
    if image.mode in ('1', 'L', 'F') or image.mode.startswith('I'):
        return _image(np.asarray(image), 'L', passed=passed)
    return _image(_colors(image, name), 'RGB', passed=passed)


def _colors(image: Image.Image, name: str) -> NDArray[Any]:
    try:
        return np.asarray(image.convert('RGB'))
    except ValueError:
        raise UserError(f'{name} has {image.mode} colours; save it as RGB') from None


def _palette(image: Image.Image, transparency: Any) -> NDArray[np.uint8]:
    """Colours of a palette (N, 3), or (N, 4) with alpha."""
    colors = np.array(image.getpalette('RGB') or [], np.uint8).reshape(-1, 3)
    if transparency is None:
        return colors
    alpha = np.full((len(colors), 1), 255, np.uint8)
    if isinstance(transparency, bytes):
        alpha[: len(transparency), 0] = np.frombuffer(transparency, np.uint8)[: len(colors)]
    else:
        alpha[transparency : transparency + 1] = 0
    return np.hstack([colors, alpha])


def _open(name: str, data: bytes) -> Image.Image:
    """Load all of an image: Pillow insists on the whole file."""
    try:
        with _of_any_size(), warnings.catch_warnings():
            # Of what is odd but readable; what is not raises.
            warnings.simplefilter('ignore')
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            image.load()
    except UnidentifiedImageError:
        raise UserError(f'{name} is no image') from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise UserError(f'{name} is damaged: {error}') from None
    return image


@contextmanager
def _of_any_size() -> Iterator[None]:
    """Let Pillow open what it takes for an attack: large images are what this is for."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _image(
    pixels: NDArray[Any],
    mode: str,
    bits: int = 0,
    palette: NDArray[np.uint8] | None = None,
    passed: tuple[str, ...] = (),
) -> MemoryImage:
    """Pixels (H, W) or (H, W, channels) of one of Pillow's modes; '' has channels without names."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    count = pixels.shape[2]
    color = {'RGB': 'rgb', 'RGBA': 'rgb', 'RGBX': 'rgb', 'P': 'palette', 'CMYK': 'cmyk'}.get(
        mode, 'channels'
    )
    form = Form(
        *pixels.shape[:2],
        pixels.dtype,
        channels=('',) * count,
        color=color,  # type: ignore[arg-type]
        bits=0 if bits == pixels.dtype.itemsize * 8 else bits,
        alpha=count - 1 if mode in ('LA', 'RGBA') else None,
        palette=palette,
        passed_over=passed,
    )
    return MemoryImage(pixels[None], form)
