"""Whatever holds an image, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mmnuc.errors import UserError
from mmnuc.images.convert import Rgb, to_rgb
from mmnuc.images.options import ReadOptions
from mmnuc.images.picture import Picture, read_picture
from mmnuc.images.tiff import TiffImage

# What is taken for an image when folders are searched.
SUFFIXES = frozenset(
    {'.png', '.jpg', '.jpeg', '.jp2', '.bmp', '.gif', '.webp', '.tif', '.tiff', '.btf'}
    | {'.svs', '.ndpi', '.scn', '.bif'}
)
_TIFF = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')


class OpenImage(Protocol):
    """An image that is read by boxes, as RGB of 8 bits."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Return a box inside the image, of shape (y2 - y1, x2 - x1, 3)."""


def open_image(
    source: Any,
    options: ReadOptions = ReadOptions(),  # noqa: B008
    name: str = 'the image',
) -> OpenImage:
    """Open an image; :mod:`mmnuc.images.convert` says what becomes of other kinds than RGB.

    TIFF files, and so the slides of most scanners, are read tile by tile as boxes are asked for;
    other files are read at once.

    Args:
        source: A file, an array (H, W) or (H, W, C), or anything with ``height``, ``width`` and
            ``read(x1, y1, x2, y2)``, which is returned as it is.
        options: What of the file is read.
        name: What to call an array in errors.

    Returns:
        The image; its ``pixel_size`` is micrometres a pixel, or None.

    Raises:
        UserError: There is no such file, it is damaged or no image, or the array is no image.

    Example:
        >>> image = open_image(np.zeros((4, 5), np.uint8))
        >>> image.height, image.width, image.read(0, 0, 2, 1).tolist()
        (4, 5, [[[0, 0, 0], [0, 0, 0]]])
    """
    if isinstance(source, (str, Path)):
        found = _open_file(Path(source))
        if options.pixel_size is not None:
            object.__setattr__(found, 'pixel_size', options.pixel_size)
        return found
    if isinstance(source, np.ndarray):
        return Picture(to_rgb(source, name))
    if all(hasattr(source, part) for part in ('height', 'width', 'read')):
        opened: OpenImage = source
        return opened
    raise UserError(f'an image is a file or an array, not {type(source).__name__}')


def read_image(source: Any) -> Rgb:
    """Read all of an image as RGB, of shape (H, W, 3); see :func:`open_image`.

    Example:
        >>> read_image(np.array([[True, False]])).tolist()
        [[[255, 255, 255], [0, 0, 0]]]
    """
    image = open_image(source)
    return image.read(0, 0, image.width, image.height)


def _open_file(path: Path) -> OpenImage:
    try:
        with path.open('rb') as file:
            start = file.read(4)
            if start in _TIFF:
                return TiffImage(path)
            data = start + file.read()
    except FileNotFoundError:
        raise UserError(f'no such image: {path}') from None
    except IsADirectoryError:
        raise UserError(f'{path} is a folder, not an image') from None
    except OSError as error:
        raise UserError(f'{path} can not be read: {error.strerror or error}') from None
    if not data:
        raise UserError(f'{path} is an empty file')
    return read_picture(path, data)
