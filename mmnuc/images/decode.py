"""Files that are read at once: PNG, JPEG, BMP, GIF, WebP, JPEG 2000, and what else Pillow knows."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from mmnuc.errors import UserError
from mmnuc.images import png
from mmnuc.images.deep import JPEG, LOSSLESS, jpeg_frame, read_deep
from mmnuc.images.limits import check_stored, check_whole
from mmnuc.images.memory import MemoryImage, check_pixels, pixels_image
from mmnuc.images.pixel_size import PixelSize, of_dots_per_inch
from mmnuc.images.raw import Series
from mmnuc.images.selection import choose_series
from mmnuc.images.source import Source

_END_OF_JPEG = b'\xff\xd9'
_SAMPLES = {2: 3, 4: 2, 6: 4}  # of a pixel, by the kind of a PNG
_MOST_DEFLATED = 1100  # bytes that deflate can make of one: 1,032, and some for what is small
# Pillow's other formats are no pictures of tissue; one of them starts a program.
_FORMATS = ('PNG', 'JPEG', 'BMP', 'DIB', 'GIF', 'WEBP', 'JPEG2000', 'PPM', 'PSD', 'AVIF')
_ON_ITS_SIDE = (5, 6, 7, 8)  # Orientations where rows and columns change places
# What Pillow raises; struct and zlib have errors of their own.
_DAMAGED = (
    *(OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error),
    *(KeyError, TypeError, ZeroDivisionError),
)
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
        image = pixels_image(pixels, 'RGB' if pixels.ndim == 3 else 'L')
    elif (deep := read_deep(source.name, data)) is not None:
        image = deep
    else:
        image = _by_pillow(source.name, data)
    form = image.form = replace(image.form, pixel_size=pixel_size_of_picture(data))
    check_pixels((form.height, form.width), form.dtype, source.name)
    choose_series([Series(form.height, form.width)], series, source.name)
    return image


def read_plain(name: str, data: bytes) -> NDArray[np.uint8] | None:
    """Decode what nothing has to be decided about, with the fastest decoder at hand.

    Args:
        name: The file, for messages.
        data: Its content.

    Returns:
        Grey (H, W) or BGR (H, W, 3) of a PNG, JPEG or BMP with 8 bits, whole, of one frame and
        without alpha; None for all else.

    Raises:
        UserError: It is truncated.
    """
    if png.is_png(data):
        colors = _plain_png(name, data)
    elif data.startswith(JPEG) and data.rstrip(b'\0').endswith(_END_OF_JPEG):
        # OpenCV fills what a truncated file lacks with grey, and says nothing.
        frame = jpeg_frame(data)
        colors, size_hw = frame.components, (frame.height, frame.width)
        check_stored(name, size_hw, colors * (2 if frame.bits > 8 else 1), len(data), 'jpeg')
        if frame.bits != 8 or frame.kind == LOSSLESS:
            return None
    elif data.startswith(b'BM'):
        colors = _plain_bmp(data)
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


def pixel_size_of_picture(data: bytes) -> PixelSize | None:
    """Read the resolution in a PNG (pHYs), JPEG (JFIF, EXIF), BMP or JPEG 2000.

    Args:
        data: The content of the file.

    Returns:
        The size of a pixel of the picture as it is seen; None where the file states none that a
        microscope may have made.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            image = _known_to_pillow(data)
            x, y = _dots_per_inch(image)
            is_turned = image.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    except _DAMAGED:
        return None
    return of_dots_per_inch(y, x) if is_turned else of_dots_per_inch(x, y)


def _dots_per_inch(image: Image.Image) -> tuple[Any, Any]:
    """Both resolutions, or what is no number. Pillow gives only one of those in EXIF."""
    exif = image.getexif()
    if image.format == 'JPEG' and not image.info.get('jfif_unit'):
        per_inch = 2.54 if exif.get(ExifTags.Base.ResolutionUnit) == 3 else 1
        x, y = (exif.get(ExifTags.Base[f'{axis}Resolution']) for axis in 'XY')
        return (float(x) * per_inch, float(y) * per_inch) if x and y else ('', '')
    x, y = image.info.get('dpi', ('', ''))
    return x, y


def _plain_png(name: str, data: bytes) -> int:
    """Number of colours of a PNG of 8 bits without palette or alpha, else 0."""
    try:
        chunks = png.chunks_of(data)
        width, height, depth, kind, *_ = struct.unpack('>IIBBBBB', chunks[0][1])
    except (ValueError, struct.error) as error:
        said = str(error).removeprefix('damaged: ')
        raise UserError(f'{name} is damaged: {said}') from None
    packed = sum(len(content) for chunk, content in chunks if chunk == b'IDAT')
    if width * height * depth * _SAMPLES.get(kind, 1) // 8 > packed * _MOST_DEFLATED:
        raise UserError(f'{name} is damaged: {width:,} x {height:,} pixels can not be in it')
    check_whole(name, (height, width), depth * _SAMPLES.get(kind, 1) / 8)
    if depth != 8 or any(chunk in (b'tRNS', b'acTL') for chunk, _ in chunks):
        return 0
    return {0: 1, 2: 3}.get(kind, 0)


def _plain_bmp(data: bytes) -> int:
    """3 for a whole BMP of 24 bits without compression, else 0."""
    if len(data) < 54 or data[28:34] != b'\x18\0\0\0\0\0':
        return 0
    start, _, width, height = struct.unpack_from('<IIii', data, 10)
    whole = start + (width * 3 + 3) // 4 * 4 * abs(height)
    return 3 if width > 0 and len(data) >= whole else 0


def _by_pillow(name: str, data: bytes) -> MemoryImage:
    image = _open(name, data)
    frames = int(getattr(image, 'n_frames', 1))
    passed = (f'{frames - 1} more frame{"s" if frames > 2 else ""}',) if frames > 1 else ()
    bits = data[24] if png.is_png(data) else 8
    image = ImageOps.exif_transpose(image)
    transparency = image.info.get('transparency')
    if image.mode == 'P':
        return pixels_image(
            np.asarray(image), 'P', palette=_palette(image, transparency), passed=passed
        )
    if image.mode in ('LA', 'RGBA'):
        return pixels_image(np.asarray(image), image.mode, passed=passed)
    if image.mode in _WITH_ALPHA or transparency is not None:
        return pixels_image(np.asarray(image.convert('RGBA')), 'RGBA', passed=passed)
    if image.mode == 'L' and bits in (2, 4):
        # Pillow spreads them over 8 bits.
        return pixels_image(np.asarray(image) // np.uint8(255 // (2**bits - 1)), 'L', bits)
    if image.mode == 'CMYK':
        return pixels_image(np.asarray(image), 'CMYK')
    if image.mode in ('1', 'L', 'F') or image.mode.startswith('I'):
        return pixels_image(np.asarray(image), 'L', passed=passed)
    return pixels_image(_colors(image, name), 'RGB', passed=passed)


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
        with warnings.catch_warnings():
            # Of what is odd but readable; what is not raises.
            warnings.simplefilter('ignore')
            image = _known_to_pillow(data)
            deep = 4 if image.mode in ('I', 'F') else 1
            per_pixel = len(image.getbands()) * deep
            check_stored(name, image.size[::-1], per_pixel, len(data), 'picture')
            image.load()
    except UnidentifiedImageError:
        raise UserError(f'{name} is no image') from None
    except _DAMAGED as error:
        raise UserError(f'{name} is damaged: {error}') from None
    return image


def _known_to_pillow(data: bytes) -> Image.Image:
    """Open a file, and read no more than its header."""
    Image.init()
    with _of_any_size():
        return Image.open(io.BytesIO(data), formats=[one for one in _FORMATS if one in Image.OPEN])


@contextmanager
def _of_any_size() -> Iterator[None]:
    """Let Pillow open what it takes for an attack: large images are what this is for."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
