"""Images: copied as they are where the training pipeline can read them, otherwise made readable.

PNG, JPEG, TIFF and BMP files with 8 bits a channel and 1, 3 or 4 channels are copied byte for
byte. All others become 8-bit PNGs: images of more bits are stretched, all channels alike, so that
their 0.1 and 99.9 percentiles become 0 and 255.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mmnuc.images import png
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File

# What is taken for an image when folders are searched.
SUFFIXES = ('.png', '.jpg', '.jpeg', '.tif', '.tiff', '.bmp')


@dataclass(frozen=True)
class Readable:
    """An image file that the training pipeline can read.

    Args:
        data: The content of the file to write.
        suffix: Its suffix.
        height: Height in pixels, as the pipeline will see it.
        width: Width in pixels.
        digest: Equal for images of equal pixels.
        change: What was changed, in words; empty if nothing.
    """

    data: bytes
    suffix: str
    height: int
    width: int
    digest: str
    change: str = ''


def read_image(file: File) -> Readable:
    """Read an image, check that it is whole, and convert it if it has to be.

    Raises:
        SourceError: The file is truncated, damaged or no image.
    """
    data = file.read()
    pixels = decode(file, data)
    suffix, change = file.suffix, ''
    if pixels.dtype != np.uint8 or suffix not in SUFFIXES or _channels(pixels) not in (1, 3, 4):
        change = f'{pixels.dtype} {_channels(pixels)}-channel {suffix[1:]} made an 8-bit PNG'
        data, suffix = _png(file, pixels), '.png'
    seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if seen is None:
        change = f'{suffix[1:]} of an unusual kind made an 8-bit PNG'
        data, suffix, seen = _png(file, pixels), '.png', pixels
    digest = hashlib.blake2b(seen.tobytes(), digest_size=16).hexdigest()
    return Readable(data, suffix, seen.shape[0], seen.shape[1], digest, change)


def decode(file: File, data: bytes) -> NDArray[Any]:
    """Decode an image with all its bits and channels, in OpenCV's order of colours.

    Args:
        file: The file, for messages.
        data: Its content.

    Returns:
        Pixels of shape (H, W) or (H, W, C).

    Raises:
        SourceError: The file is truncated, damaged or no image.
    """
    # OpenCV may fill the missing part of a truncated file with grey, and say nothing.
    if png.is_png(data):
        try:
            png.chunks_of(data)
        except ValueError as error:
            raise SourceError('unreadable', file.name, str(error)) from None
    else:
        _open_pillow(file, data)
    pixels = _decode_cv2(data)
    if pixels is None:
        image = _open_pillow(file, data)
        pixels = None if image is None else np.asarray(image.convert('RGB'))[..., ::-1]
    if pixels is None or not pixels.size:
        raise SourceError('unreadable', file.name, 'damaged, or no image')
    return pixels


def _decode_cv2(data: bytes) -> NDArray[Any] | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None


def _open_pillow(file: File, data: bytes) -> Image.Image | None:
    """Load with Pillow, which insists on the whole file; None for a kind that it does not know."""
    try:
        with warnings.catch_warnings():
            # Of what is odd but readable; what is not raises.
            warnings.simplefilter('ignore')
            image = Image.open(io.BytesIO(data))
            image.load()
    except UnidentifiedImageError:
        return None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SourceError('unreadable', file.name, str(error)) from None
    return image


def _channels(pixels: NDArray[Any]) -> int:
    return 1 if pixels.ndim == 2 else pixels.shape[2]


def _png(file: File, pixels: NDArray[Any]) -> bytes:
    if _channels(pixels) not in (1, 3, 4):
        raise SourceError('unreadable', file.name, f'{_channels(pixels)} channels, not 1, 3 or 4')
    eight = pixels if pixels.dtype == np.uint8 else _stretch(pixels)
    return cv2.imencode('.png', np.ascontiguousarray(eight))[1].tobytes()


def _stretch(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    values = np.nan_to_num(pixels[..., :3] if pixels.ndim == 3 else pixels).astype(np.float64)
    low, high = np.percentile(values, [0.1, 99.9])
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    scaled = (values - low) * (255 / (high - low))
    eight: NDArray[np.uint8] = scaled.round().clip(0, 255).astype(np.uint8)
    return eight
