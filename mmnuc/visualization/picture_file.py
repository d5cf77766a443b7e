"""Write a picture, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.atomic import atomic_path

_SUFFIXES = ('.png', '.jpg', '.jpeg')
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]  # ignored by PNG


def write_picture(path: str | os.PathLike[str], rgb: NDArray[np.uint8]) -> Path:
    """Write a picture as PNG or JPEG.

    Args:
        path: Where to. A suffix other than ``.png`` and ``.jpg`` gives way to ``.png``, because
            the picture of ``tile.tif`` is for people, whose browsers show no TIFF.
        rgb: RGB picture of shape (H, W, 3).

    Returns:
        The path written.

    Raises:
        OSError: The disk is full, or the folder can't be written to.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        path = path.with_suffix('.png')
    # cv2.imwrite would answer a full disk with False, and say nothing about the reason.
    _, data = cv2.imencode(path.suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _QUALITY)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data.tobytes())
    return path
