"""Pixels of any kind as RGB of 8 bits. What becomes of each kind is stated here, and only here.

- 8 bits: as they are. Truth values: black and white.
- 16 bits and more: stretched, all channels alike, so that the 0.1 and 99.9 percentiles of the
  image become 0 and 255, as the converters do it for training.
- Floating point: from 0 to 1 times 255; from 0 to 255 rounded; anything else stretched as above.
- Grey: the same in red, green and blue.
- An alpha channel: laid over white, the colour of a slide without tissue.
- CMYK (of files that say so): ``(1 - c) (1 - k)``, and so on.
- NaN and infinity, no pixels at all, other numbers of channels: an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError

Rgb = NDArray[np.uint8]

_PERCENTILES = (0.1, 99.9)


@dataclass(frozen=True)
class Scale:
    """How values become 8 bits: ``(value - low) * 255 / (high - low)``, rounded and cut off."""

    low: float
    high: float

    def __call__(self, values: NDArray[Any]) -> Rgb:
        """Scale values of any shape."""
        if self.high <= self.low:
            return np.zeros(values.shape, np.uint8)
        scaled = (values.astype(np.float64) - self.low) * (255 / (self.high - self.low))
        eight: Rgb = scaled.round().clip(0, 255).astype(np.uint8)
        return eight


def scale_of(sample: NDArray[Any], name: str = 'the image') -> Scale | None:
    """Choose the scale of an image.

    Args:
        sample: Its values, or enough of them.
        name: What to call it in errors.

    Returns:
        The scale; None for what has 8 bits already.

    Raises:
        UserError: Values are NaN or infinite, or no real numbers.

    Example:
        >>> scale_of(np.array([0.0, 0.5]))
        Scale(low=0.0, high=1.0)
        >>> scale_of(np.array([0.0, 200.0]))
        Scale(low=0.0, high=255.0)
        >>> scale_of(np.full(9, 7, np.uint16))
        Scale(low=7.0, high=7.0)
    """
    if sample.dtype == np.uint8:
        return None
    if sample.dtype == np.bool_:
        return Scale(0.0, 1.0)
    if sample.dtype.kind not in 'uif':
        raise UserError(f'{name} has values of type {sample.dtype}, which are no pixels')
    check_finite(sample, name)
    if sample.dtype.kind == 'f' and sample.min(initial=0) >= 0:
        for top in (1.0, 255.0):
            if sample.max(initial=0) <= top:
                return Scale(0.0, top)
    low, high = np.percentile(sample, _PERCENTILES)
    return Scale(float(low), float(high))


def check_finite(values: NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        UserError: There are some.
    """
    if values.dtype.kind == 'f' and not np.isfinite(values).all():
        many = int((~np.isfinite(values)).sum())
        raise UserError(f'{name} has {many:,} values that are NaN or infinite')


def to_rgb(pixels: NDArray[Any], name: str = 'the image', scale: Scale | None = None) -> Rgb:
    """Convert an image.

    Args:
        pixels: Grey (H, W) or (H, W, 1), grey and alpha (H, W, 2), RGB (H, W, 3) or RGBA
            (H, W, 4), of any real type.
        name: What to call it in errors.
        scale: The scale of the image that this is a part of; by default it is found here.

    Returns:
        RGB image of shape (H, W, 3).

    Raises:
        UserError: It has another shape, no pixels, or values that are NaN or infinite.

    Example:
        >>> to_rgb(np.array([[0.0, 1.0]])).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
        >>> to_rgb(np.array([[[200, 100, 0, 0], [200, 100, 0, 255]]], np.uint8)).tolist()
        [[[255, 255, 255], [200, 100, 0]]]
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4):
        raise UserError(
            f'{name} has shape {pixels.shape}; wanted are (H, W), or (H, W, channels) with 1 '
            'channel (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA)'
        )
    if not pixels.size:
        raise UserError(f'{name} has no pixels: {pixels.shape[0]} x {pixels.shape[1]}')
    eight = _to_8_bits(pixels, name, scale)
    channels = eight.shape[2]
    color = eight[..., : channels - 1 + channels % 2]
    if channels % 2 == 0:
        color = _over_white(color, eight[..., -1:])
    return np.ascontiguousarray(np.broadcast_to(color, (*color.shape[:2], 3)))


def _to_8_bits(pixels: NDArray[Any], name: str, scale: Scale | None) -> Rgb:
    if pixels.dtype == np.uint8:
        return pixels
    check_finite(pixels, name)
    if scale is not None or pixels.shape[2] % 2:
        chosen = scale or scale_of(pixels, name)
        return pixels.view(np.uint8) if chosen is None else chosen(pixels)
    # An alpha channel has a scale of its own: all of it is opaque.
    color, alpha = pixels[..., :-1], pixels[..., -1:]
    most = float(np.iinfo(alpha.dtype).max) if alpha.dtype.kind in 'ui' else 1.0
    chosen = scale_of(color, name)
    parts = [color if chosen is None else chosen(color), Scale(0.0, most)(alpha)]
    return np.concatenate(parts, axis=2)


def _over_white(color: Rgb, alpha: Rgb) -> Rgb:
    if alpha.min() == 255:
        return color
    share = alpha.astype(np.uint32)
    # 127 more rounds to the nearest.
    blended: Rgb = ((color * share + 255 * (255 - share) + 127) // 255).astype(np.uint8)
    return blended


def cmyk_to_rgb(pixels: Rgb) -> Rgb:
    """Convert CMYK of 8 bits, of shape (H, W, 4), where 255 is full ink.

    Example:
        >>> cmyk_to_rgb(np.array([[[255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)).tolist()
        [[[0, 255, 255], [0, 0, 0]]]
    """
    paper = 255 - pixels.astype(np.uint32)
    rgb: Rgb = ((paper[..., :3] * paper[..., 3:] + 127) // 255).astype(np.uint8)
    return rgb
