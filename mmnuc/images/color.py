"""Colours of other kinds than RGB, and what is seen through: arithmetic on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


def over_white(color: Rgb, alpha: NDArray[np.uint8], premultiplied: bool = False) -> Rgb:
    """Lay colours over white, the colour of a slide without tissue.

    Args:
        color: Of shape (H, W, channels).
        alpha: How opaque each pixel is, of shape (H, W, 1).
        premultiplied: The colours are multiplied by alpha already.

    Returns:
        Colours of the same shape.

    Example:
        >>> over_white(np.array([[[200, 0, 100]]], np.uint8), np.array([[[51]]], np.uint8)).tolist()
        [[[244, 204, 224]]]
    """
    if alpha.min(initial=255) == 255:
        return color
    share = alpha.astype(np.uint32)
    own = color * np.uint32(255) if premultiplied else color * share
    # 127 more rounds to the nearest.
    blended = (own + 255 * (255 - share) + 127) // 255
    return blended.clip(0, 255).astype(np.uint8)


def cmyk_to_rgb(pixels: NDArray[np.uint8]) -> Rgb:
    """Convert CMYK of shape (H, W, 4), where 255 is full ink: ``(1 - c) (1 - k)`` and so on.

    Example:
        >>> cmyk_to_rgb(np.array([[[255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)).tolist()
        [[[0, 255, 255], [0, 0, 0]]]
    """
    paper = 255 - pixels.astype(np.uint32)
    rgb: Rgb = ((paper[..., :3] * paper[..., 3:] + 127) // 255).astype(np.uint8)
    return rgb


def ycbcr_to_rgb(
    pixels: NDArray[np.uint8],
    luma: tuple[float, float, float] = (0.299, 0.587, 0.114),
    reference: tuple[float, ...] = (0, 255, 128, 255, 128, 255),
) -> Rgb:
    """Convert YCbCr of shape (H, W, 3), as section 21 of TIFF 6.0 says.

    Args:
        pixels: Y, Cb, Cr.
        luma: Shares of red, green and blue in Y (``YCbCrCoefficients``).
        reference: The codes of black and white of each component (``ReferenceBlackWhite``).

    Returns:
        RGB of the same shape.

    Example:
        >>> ycbcr_to_rgb(np.array([[[76, 85, 255], [128, 128, 128]]], np.uint8)).tolist()
        [[[254, 0, 0], [128, 128, 128]]]
    """
    black, white = np.asarray(reference[::2]), np.asarray(reference[1::2])
    full = np.array([255.0, 127.0, 127.0])
    y, cb, cr = np.moveaxis((pixels - black) * (full / (white - black)), -1, 0)
    of_red, of_green, of_blue = luma
    red = y + cr * (2 - 2 * of_red)
    blue = y + cb * (2 - 2 * of_blue)
    green = (y - of_blue * blue - of_red * red) / of_green
    rgb: Rgb = np.stack([red, green, blue], axis=-1).round().clip(0, 255).astype(np.uint8)
    return rgb


def whole_chroma(
    data: NDArray[np.uint8], size_hw: tuple[int, int], steps_hw: tuple[int, int]
) -> Rgb:
    """Unpack YCbCr whose colours are stored once for several pixels.

    TIFF stores units of ``steps_hw`` values of Y, row by row, followed by one Cb and one Cr.

    Args:
        data: The bytes of a strip or tile.
        size_hw: Its height and width.
        steps_hw: How many pixels share a colour, down and across.

    Returns:
        Y, Cb, Cr of shape (height, width, 3).

    Raises:
        ValueError: There are too few bytes.

    Example:
        >>> whole_chroma(np.array([1, 2, 3, 4, 90, 80], np.uint8), (2, 2), (2, 2)).tolist()
        [[[1, 90, 80], [2, 90, 80]], [[3, 90, 80], [4, 90, 80]]]
    """
    (height, width), (down, across) = size_hw, steps_hw
    rows, columns = -(-height // down), -(-width // across)
    wanted = rows * columns * (down * across + 2)
    if len(data) < wanted:
        raise ValueError(f'{len(data)} of {wanted} bytes')
    units = data[:wanted].reshape(rows, columns, down * across + 2)
    luma = units[..., :-2].reshape(rows, columns, down, across).swapaxes(1, 2)
    luma = luma.reshape(rows * down, columns * across)
    chroma = units[..., -2:].repeat(down, axis=0).repeat(across, axis=1)
    return np.dstack([luma, chroma])[:height, :width]


def as_seen(values: NDArray[Any], bits: int = 0) -> NDArray[Any]:
    """Turn values of which 0 is white around: of whole numbers, the largest becomes 0.

    Args:
        values: Of any shape.
        bits: Bits in use; 0 for all of the type.

    Example:
        >>> as_seen(np.array([0, 255], np.uint8)).tolist(), as_seen(np.array([0.5])).tolist()
        ([255, 0], [-0.5])
    """
    if values.dtype.kind == 'b':
        return ~values
    if values.dtype.kind == 'u':
        most = values.dtype.type(2**bits - 1 if bits else np.iinfo(values.dtype).max)
        turned: NDArray[Any] = most - values
        return turned
    return -values.astype(np.float64)
