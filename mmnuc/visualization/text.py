"""Text on pictures: caption strips and labels beside boxes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_STRIP = (24, 24, 27)
_TITLE = (245, 245, 245)
_NOTE = (165, 165, 172)
_MARGIN = 8


def add_caption(
    image: NDArray[np.uint8], title: str, note: str = '', *, size: int | None = None
) -> NDArray[np.uint8]:
    """Put a dark strip with text above an image.

    Args:
        image: RGB image of shape (H, W, 3).
        title: Left, bright. Cut in its middle where the image is too narrow for it.
        note: Right, dim. Cut in its middle to the room that the title leaves.
        size: Font size in pixels; by default it follows the width.

    Returns:
        Image of shape (H + strip, W, 3).
    """
    width = image.shape[1]
    size = size or caption_size(width)
    strip = Image.new('RGB', (width, 2 * size), _STRIP)
    draw = ImageDraw.Draw(strip)
    room = width - 2 * _MARGIN
    title = shorten(title, room, size)
    note = shorten(note, room - text_width(title, size) - 2 * size, size)
    font = _font(size)
    draw.text((_MARGIN, size), title, _TITLE, font, anchor='lm')
    draw.text((width - _MARGIN, size), note, _NOTE, font, anchor='rm')
    return np.concatenate([np.asarray(strip), image])


def caption_size(width: int) -> int:
    """The font size that suits a picture of this width."""
    return int(np.clip(width // 55, 11, 26))


def shorten(text: str, room: int, size: int) -> str:
    """Cut the middle out of a text until it fits: TCGA…DX1.

    Args:
        text: Any text.
        room: Pixels there are.
        size: Font size in pixels.

    Returns:
        The text, or its two ends around an ellipsis, or nothing where not even that fits.
    """
    if text_width(text, size) <= room:
        return text
    for keep in range(len(text) - 1, 1, -1):
        short = text[: keep - keep // 2] + '…' + text[len(text) - keep // 2 :]
        if text_width(short, size) <= room:
            return short
    return ''


def text_width(text: str, size: int) -> int:
    """Pixels that a text takes."""
    return int(np.ceil(_font(size).getlength(text)))


def draw_labels(
    image: NDArray[np.uint8],
    corners_xy: NDArray[np.floating],
    texts: list[str],
    colors: NDArray[np.uint8],
    size: int = 13,
) -> NDArray[np.uint8]:
    """Write a text on a chip of its colour above each corner, inside the image.

    Args:
        image: RGB image of shape (H, W, 3).
        corners_xy: Upper left corners of boxes, of shape (N, 2).
        texts: N texts; an empty one draws nothing.
        colors: RGB colours of the chips, of shape (N, 3).
        size: Font size in pixels.

    Returns:
        A new image of the same shape.
    """
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    height, width = image.shape[:2]
    for (x, y), text, color in zip(corners_xy.tolist(), texts, colors.tolist(), strict=True):
        if not text:
            continue
        chip_width, chip_height = text_width(text, size) + 6, size + 5
        left = max(0, min(round(x), width - chip_width))
        top = max(0, min(round(y) - chip_height, height - chip_height))
        draw.rectangle((left, top, left + chip_width - 1, top + chip_height - 1), tuple(color))
        draw.text((left + 3, top + chip_height / 2), text, (0, 0, 0), _font(size), anchor='lm')
    return np.array(picture)


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font that matplotlib brings: the same on every machine, and it knows accents and ≥."""
    folder = Path(matplotlib.get_data_path()) / 'fonts' / 'ttf'
    return ImageFont.truetype(str(folder / 'DejaVuSans.ttf'), size)
