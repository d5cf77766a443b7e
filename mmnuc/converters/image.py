"""Images: copied as they are where every program reads the same from them, otherwise made so.

:mod:`mmnuc.images` reads them, as it does for training and prediction. PNG, JPEG, TIFF and BMP
files are copied byte for byte when OpenCV, the reader of most training programs, sees the very same
pixels. All others become 8-bit PNGs of what is read here: one image, channel and plane of the file,
with its values as 8 bits, and alpha laid over white.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File
from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_plain
from mmnuc.images.backends import backend_of
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
    """

    data: bytes
    suffix: str
    height: int
    width: int
    digest: str
    change: str = ''


def read_image(file: File, options: ReadOptions = _NOTHING_CHOSEN) -> Readable:
    """Read an image, check that it is whole, and convert it if it has to be.

    Args:
        file: The image.
        options: What to read of it.

    Raises:
        SourceError: The file is truncated, damaged or no image.
    """
    data = file.read()
    try:
        seen, change = _seen(file, data, options)
    except UserError as error:
        raise SourceError('unreadable', file.name, fault_words(error, file)) from None
    suffix = file.suffix
    if not change and suffix not in _COPIED:
        change = suffix[1:]
    if change:
        change += ' made an 8-bit PNG'
        is_grey = (seen == seen[..., :1]).all()
        data = cv2.imencode('.png', seen[..., 0] if is_grey else seen)[1].tobytes()
        suffix = '.png'
    digest = hashlib.blake2b(seen.tobytes(), digest_size=16).hexdigest()
    return Readable(data, suffix, seen.shape[0], seen.shape[1], digest, change)


def _seen(file: File, data: bytes, options: ReadOptions) -> tuple[NDArray[np.uint8], str]:
    """The pixels (H, W, 3) in OpenCV's order of colours, and what OpenCV would not read so."""
    in_folder = os.path.isdir(file.root)
    # The files of a set lie beside each other in a folder.
    where: Any = Path(file.root, file.name) if in_folder else data
    # A Mirax slide begins with a picture, too.
    source = Source(file.name, where) if in_folder else Source(file.name, data=data)
    plain = None
    if options == _NOTHING_CHOSEN and backend_of(source) is None:
        plain = read_plain(file.name, data)
    if plain is not None:
        return (plain if plain.ndim == 3 else np.repeat(plain[..., None], 3, axis=2)), ''
    image = open_image(where, options, file.name)
    try:
        rgb = image.read(0, 0, image.width, image.height)
        seen = np.ascontiguousarray(rgb[..., ::-1])
        alike = image.is_as_stored and _is_read_alike(data, seen)
        return seen, '' if alike else image.description.partition(': ')[2]
    finally:
        image.close()


def _is_read_alike(data: bytes, seen: NDArray[np.uint8]) -> bool:
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
    words = str(error).removeprefix(f'{Path(file.root, file.name)} ')
    return words.removeprefix(f'{file.name} ').removeprefix('is damaged: ')
