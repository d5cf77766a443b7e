"""The numbers of a picture file as they are: no scaling, palette indices as indices."""

from __future__ import annotations

import io
import warnings
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mmnuc.errors import UserError

_TIFF = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')


def read_label_values(source: bytes, name: str) -> NDArray[Any]:
    """Read the values of one plane.

    Args:
        source: The file's content.
        name: Its name, for messages.

    Returns:
        Values of shape (H, W).

    Raises:
        UserError: The file is damaged, or has several pages or channels.
    """
    if source[:4] in _TIFF:
        return _read_tiff(source, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            image = Image.open(io.BytesIO(source))
            image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UserError(f'{name}: {error}') from None
    if image.mode in ('P', 'I', '1', 'L'):
        return np.asarray(image)
    pixels = cv2.imdecode(np.frombuffer(source, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise UserError(f'{name}: damaged, or no image')
    return pixels


def _read_tiff(source: bytes, name: str) -> NDArray[Any]:
    try:
        with tifffile.TiffFile(io.BytesIO(source)) as file:
            pages = len(file.pages)
            pixels = file.pages[0].asarray() if pages == 1 else None
    except Exception as error:
        raise UserError(f'{name}: damaged: {error}') from None
    if pixels is None:
        raise UserError(f'{name}: {pages} pages, not one label map')
    return pixels
