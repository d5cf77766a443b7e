"""Images in memory: files that are read at once, and arrays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mmnuc.errors import UserError
from mmnuc.images.convert import Rgb, to_rgb

# What OpenCV reads as the training pipeline does.
_PLAIN = ('RGB', 'L')
_WITH_ALPHA = ('RGBA', 'LA', 'PA', 'La', 'RGBa')


@dataclass(frozen=True)
class Picture:
    """An image in memory.

    Args:
        rgb: ``uint8`` of shape (H, W, 3).
        pixel_size: Micrometres a pixel, where they are known.

    Example:
        >>> Picture(np.zeros((4, 5, 3), np.uint8)).read(1, 1, 3, 4).shape
        (3, 2, 3)
    """

    rgb: Rgb
    pixel_size: float | None = None

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgb.shape[1])

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Return a box inside the image, of shape (y2 - y1, x2 - x1, 3)."""
        return self.rgb[y1:y2, x1:x2]


def read_picture(path: Path, data: bytes) -> Picture:
    """Decode a PNG, JPEG, BMP, GIF, WebP or whatever else Pillow knows, but for TIFF.

    Images of 8 bits come out as OpenCV reads them for training, turned as EXIF says.

    Args:
        path: The file, for messages.
        data: Its content.

    Raises:
        UserError: It is damaged or no image.
    """
    image = _open(path, data)
    # Pillow knows no colours of 16 bits and drops half of them.
    deep = _decode(data, cv2.IMREAD_UNCHANGED) if image.format == 'PNG' else None
    if deep is not None and deep.dtype == np.uint16:
        return Picture(to_rgb(_flip_colors(deep), str(path)))
    if image.mode in _PLAIN and 'transparency' not in image.info:
        plain = _decode(data, cv2.IMREAD_COLOR)
        if plain is not None:
            return Picture(np.ascontiguousarray(plain[..., ::-1]))
    return Picture(to_rgb(_pixels(ImageOps.exif_transpose(image)), str(path)))


def _open(path: Path, data: bytes) -> Image.Image:
    """Load all of an image: OpenCV fills what a truncated file lacks with grey, and is silent."""
    try:
        with _of_any_size(), warnings.catch_warnings():
            # Of what is odd but readable; what is not raises.
            warnings.simplefilter('ignore')
            image = Image.open(io.BytesIO(data))
            image.load()
    except UnidentifiedImageError:
        raise UserError(f'{path} is no image') from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UserError(f'{path} is damaged: {error}') from None
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


def _decode(data: bytes, how: int) -> NDArray[Any] | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except cv2.error:
        return None


def _flip_colors(pixels: NDArray[Any]) -> NDArray[Any]:
    """From OpenCV's order of colours to ours."""
    if pixels.ndim == 2:
        return pixels
    return pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]


def _pixels(image: Image.Image) -> NDArray[Any]:
    """Grey, RGB or RGBA of whatever Pillow read."""
    if image.mode in _WITH_ALPHA or 'transparency' in image.info:
        return np.asarray(image.convert('RGBA'))
    if image.mode in ('1', 'L', 'F', 'RGB') or image.mode.startswith('I'):
        return np.asarray(image)
    return np.asarray(image.convert('RGB'))
