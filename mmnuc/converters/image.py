"""Images: copied as they are where every program reads the same from them, otherwise made so.

:mod:`mmnuc.images` reads them, as it does for training and prediction. PNG, JPEG, TIFF and BMP
files are copied byte for byte when OpenCV, the reader of most training programs, sees the very same
pixels. All others become 8-bit PNGs of what is read here: one image, channel and plane of the file,
with its values as 8 bits, and alpha laid over white.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File
from mmnuc.errors import UserError
from mmnuc.images import PixelSize, ReadOptions, open_image, read_plain
from mmnuc.images.backends import backend_of
from mmnuc.images.decode import pixel_size_of_picture
from mmnuc.images.kind import kind_of
from mmnuc.images.source import Source

# Files that other programs read, too.
_COPIED = ('.png', '.jpg', '.jpeg', '.tif', '.tiff', '.bmp')
_NOTHING_CHOSEN = ReadOptions()
_SILENT = 0


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
        pixel_size: Micrometres a pixel, where they are known.
        passed_over: What was read of a file that holds more and was copied as it is, in words.
        kind: What it shows, told by its colours: see :func:`mmnuc.images.kind.kind_of`.
    """

    data: bytes
    suffix: str
    height: int
    width: int
    digest: str
    change: str = ''
    pixel_size: PixelSize | None = None
    passed_over: str = ''
    kind: str = ''


def read_image(file: File, options: ReadOptions = _NOTHING_CHOSEN) -> Readable:
    """Read an image, check that it is whole, and convert it if it has to be.

    Args:
        file: The image.
        options: What to read of it.

    Raises:
        SourceError: The file is truncated, damaged or no image.
    """
    data = b'' if file.path is not None and file.path.is_dir() else file.read()
    try:
        seen = _seen(file, data, options)
    except UserError as error:
        raise SourceError('unreadable', file.name, fault_words(error, file)) from None
    suffix, pixels = file.suffix, seen.pixels
    height, width = pixels.shape[:2]
    change, passed_over = '', seen.about if seen.holds_more else ''
    if not seen.is_alike or suffix not in _COPIED:
        change, passed_over = f'made an 8-bit PNG: {seen.about or suffix[1:]}', ''
        is_grey = (pixels == pixels[..., :1]).all()
        data = cv2.imencode('.png', pixels[..., 0] if is_grey else pixels)[1].tobytes()
        suffix = '.png'
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest()
    about = (change, seen.pixel_size, passed_over, kind_of(pixels))
    return Readable(data, suffix, height, width, digest, *about)


class _Seen(NamedTuple):
    """What was read of a file.

    Attributes:
        pixels: Of shape (H, W, 3), in OpenCV's order of colours.
        pixel_size: Micrometres a pixel, where they are known.
        about: What was read, in words; empty for what there is nothing to say about.
        is_alike: Whether OpenCV reads the same pixels from the file.
        holds_more: Whether the file holds more than was read.
    """

    pixels: NDArray[np.uint8]
    pixel_size: PixelSize | None
    about: str = ''
    is_alike: bool = True
    holds_more: bool = False


def _seen(file: File, data: bytes, options: ReadOptions) -> _Seen:
    # The files of a set lie beside each other in a folder.
    where: Any = data if file.path is None else file.path
    as_it_is = replace(options, pixel_size=None) == _NOTHING_CHOSEN
    # A Mirax slide begins with a picture, too.
    source = Source(file.name, file.path, data if file.path is None else None)
    as_plain = as_it_is and backend_of(source) is None
    plain = read_plain(file.name, data) if as_plain else None
    if plain is not None:
        pixels = plain if plain.ndim == 3 else np.repeat(plain[..., None], 3, axis=2)
        return _Seen(pixels, options.pixel_size or pixel_size_of_picture(data))
    image = open_image(where, options, file.name)
    try:
        rgb = image.read(0, 0, image.width, image.height)
        pixels = np.ascontiguousarray(rgb[..., ::-1])
        alike = image.is_as_stored and _is_read_alike(data, pixels)
        about = image.description.removeprefix(f'{PurePosixPath(file.name).name}: ')
        return _Seen(pixels, image.pixel_size, about, alike, image.holds_more)
    finally:
        image.close()


def _is_read_alike(data: bytes, seen: NDArray[np.uint8]) -> bool:
    if not data:
        return False
    # What it can't read is no news here: it would say so on stderr, over several lines.
    level = cv2.setLogLevel(_SILENT)
    try:
        theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return False
    finally:
        cv2.setLogLevel(level)
    return theirs is not None and np.array_equal(theirs, seen)


def fault_words(error: UserError, file: File) -> str:
    """Say what is wrong with a file, without its name in front."""
    words = str(error)
    for name in (str(Path(file.root, file.name)), file.name):
        words = words.removeprefix(f'{name} ').removeprefix(f'{name}: ')
    return words.removeprefix('is damaged: ')
