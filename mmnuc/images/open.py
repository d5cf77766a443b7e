"""Whatever holds an image, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.images.backends import backend_of
from mmnuc.images.color import Rgb
from mmnuc.images.decode import read_picture, read_plain
from mmnuc.images.foreign import foreign_format, holds_only_a_preview
from mmnuc.images.limits import memory_in_words
from mmnuc.images.memory import array_image
from mmnuc.images.options import ReadOptions
from mmnuc.images.raw import RawImage
from mmnuc.images.rgb_image import RgbImage
from mmnuc.images.source import Source

# What is taken for an image when folders are searched.
SUFFIXES = frozenset(
    {'.png', '.jpg', '.jpeg', '.jp2', '.j2k', '.bmp', '.gif', '.webp', '.tif', '.tiff', '.btf'}
    | {'.svs', '.ndpi', '.scn', '.bif', '.qptiff', '.lsm', '.stk', '.mrxs', '.vms', '.vmu'}
    | {'.svslide', '.dcm', '.czi', '.ozx'}
)
_NOTHING_CHOSEN = ReadOptions()
_ARRAY = 'the image'
_LONGEST = 255


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


def open_image(source: Any, options: ReadOptions = _NOTHING_CHOSEN, name: str = '') -> Any:
    """Open an image; :mod:`mmnuc.images.rgb_image` says what becomes of other kinds than RGB.

    Slides and TIFF files are read tile by tile as boxes are asked for; other files are read at
    once.

    Args:
        source: A file, the content of a file as bytes, an array (H, W) or (H, W, C), or anything
            with ``height``, ``width`` and ``read(x1, y1, x2, y2)``, which is returned as it is.
        options: What to read of it.
        name: What to call content or an array in messages; a path has a name of its own.

    Returns:
        The image: an :class:`OpenImage` that also has ``pixel_size``, ``levels``, ``description``
        and ``close()`` (:class:`mmnuc.images.rgb_image.RgbImage`), but for what was an
        :class:`OpenImage` already.

    Raises:
        UserError: There is no such file, it is damaged or no image, it lacks what is asked for, or
            the array is no image.

    Example:
        >>> image = open_image(np.zeros((4, 5), np.uint8))
        >>> image.height, image.width, image.read(0, 0, 2, 1).tolist()
        (4, 5, [[[0, 0, 0], [0, 0, 0]]])
    """
    if all(hasattr(source, part) for part in ('height', 'width', 'read')):
        return source
    raw, title = open_raw(source, options.series, name)
    with memory_in_words(title):
        return RgbImage(raw, options, title)


def read_image(source: Any, options: ReadOptions = _NOTHING_CHOSEN, name: str = '') -> Rgb:
    """Read all of an image as RGB, of shape (H, W, 3); see :func:`open_image`.

    Example:
        >>> read_image(np.array([[True, False]])).tolist()
        [[[255, 255, 255], [0, 0, 0]]]
    """
    image = open_image(source, options, name)
    rgb: Rgb = image.read(0, 0, image.width, image.height)
    return rgb


def read_bgr(path: str | Path, options: ReadOptions = _NOTHING_CHOSEN) -> NDArray[np.uint8]:
    """Read all of a file as OpenCV and mmdet order colours, as fast as OpenCV.

    Args:
        path: The file.
        options: What to read of it.

    Returns:
        The pixels of :func:`read_image`, of shape (H, W, 3).

    Raises:
        UserError: There is no such file, or it is damaged or no image.
    """
    source = _file(path)
    if options == _NOTHING_CHOSEN and backend_of(source) is None:
        source = Source(source.name, data=source.read())
        plain = read_plain(source.name, source.read())
        if plain is not None:
            return plain if plain.ndim == 3 else np.repeat(plain[..., None], 3, axis=2)
    rgb = read_image(path, options)
    return np.ascontiguousarray(rgb[..., ::-1])


def open_raw(source: Any, series: int | None, name: str = '') -> tuple[RawImage, str]:
    """Open an image to read the values of its file.

    Args:
        source: A file, its content, or an array.
        series: Number of the image wanted, counted from 1; None for the largest.
        name: What to call content or an array in messages.

    Returns:
        The image and its name.

    Raises:
        UserError: There is no such file, or it is damaged or no image.
    """
    if isinstance(source, np.ndarray):
        return array_image(source, name or _ARRAY), name or _ARRAY
    if isinstance(source, (str, Path)):
        file = _file(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        file = Source(name or _ARRAY, data=bytes(source))
    else:
        raise UserError(f'an image is a file or an array, not {type(source).__name__}')
    with memory_in_words(file.name):
        return _open(file, series), file.name


def _file(path: str | Path) -> Source:
    """A file, unless its name can be none: too long, with a zero in it, a link to itself."""
    name = str(path)
    try:
        Path(name).stat()
    except (OSError, ValueError) as error:
        # What is not there is said by whoever opens it.
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            shown = name if len(name) <= _LONGEST else f'{name[:_LONGEST]}...'
            said = getattr(error, 'strerror', None) or error
            raise UserError(f'{shown} can not be read: {said}') from None
    return Source(name, Path(path))


def _open(source: Source, series: int | None) -> RawImage:
    preview = holds_only_a_preview(source)
    if preview is not None:
        raise UserError(f'{source.name} {preview}')
    backend = backend_of(source)
    if backend is not None:
        return backend.open(source, series)
    if source.path is not None and source.path.is_dir():
        raise UserError(f'{source.name} is a folder, not an image')
    foreign = foreign_format(source)
    if foreign is not None:
        raise UserError(f'{source.name} {foreign}')
    return read_picture(source, series)
