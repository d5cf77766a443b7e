"""Values of any type as 8 bits, by one rule that every reader of pictures shares.

- 8 bits: as they are. One bit: black and white. 2 to 7 bits: 0 is black, the largest white.
- Else ``low`` becomes black and ``low + span`` white. ``low`` is the lowest value of a grey image
  and 0 for colours, whose hue must stay; ``span`` reaches up to the highest value. Both are found
  after a median of 3 x 3 pixels, which drops hot pixels and keeps each nucleus, however few.
- Noise is not stretched to black and white: ``span`` is never less than :data:`NOISE_LEVELS` times
  the noise, and where the whole range of a grey image is no more than that of noise, an empty
  field, :data:`EMPTY_LEVELS` times.
- A range that people choose counts instead.

Nothing in it depends on the unit of the values: the picture times any factor above 0 becomes the
same 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError

# White is at least this many standard deviations of the noise above black: it has 5 levels then.
# With 30 the fluorescence model takes the noise around nuclei for more of them; real images reach
# it nowhere (Data Science Bowl 2018: their range is 60 times their noise or more).
NOISE_LEVELS = 50.0
# The same in an empty field, where noise may be blurred too, by a binning or a filter.
EMPTY_LEVELS = 150.0
# Noise alone has a range of 8 to 11 standard deviations, real images one of 20 and more: an image
# is an empty field up to the first of these, is none from the second on, and in part between.
_EMPTY_RANGE = (12.0, 15.0)
_BLOCK = 16
# Share of the calmest blocks that the noise is taken from: tissue has texture nearly everywhere.
_CALM = 0.25
# The standard deviation of white noise after this filter is 6 times what it was (Immerkær,
# Fast noise variance estimation, 1996): constants and slopes give 0.
_HIGH_PASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
_MEDIAN_TO_SIGMA = 1 / 0.6745
# Blurred noise is seen when pixels are averaged: sizes, the blocks and the share of the calmest
# ones, and how many times larger it is than what is seen then (blurred by 0.7 to 2 pixels).
_AVERAGED = (2, 4)
_COARSE_BLOCK = 8
_COARSE_CALM = 0.1
_COARSE_TO_SIGMA = 2.3


@dataclass(frozen=True)
class Scale:
    """How values become 8 bits: ``(value - low) * 255 / (high - low)``, rounded and cut off.

    Args:
        low: What becomes 0.
        high: What becomes 255; nothing does if it is not above ``low``.

    Example:
        >>> Scale(100, 300)(np.array([0, 100, 200, 999])).tolist()
        [0, 0, 128, 255]
    """

    low: float
    high: float

    def __call__(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Scale values of any shape."""
        if values.dtype.kind in 'ui' and values.dtype.itemsize <= 2 and values.size > 1 << 16:
            info = np.iinfo(values.dtype)
            table = self._scaled(np.arange(info.min, info.max + 1, dtype=np.float64))
            looked_up: NDArray[np.uint8] = np.roll(table, info.min)[
                values.view(f'u{values.dtype.itemsize}')
            ]
            return looked_up
        return self._scaled(values)

    def _scaled(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        if self.high <= self.low:
            return np.zeros(values.shape, np.uint8)
        scaled = (values.astype(np.float64) - self.low) / (self.high - self.low) * 255
        eight: NDArray[np.uint8] = scaled.round().clip(0, 255).astype(np.uint8)
        return eight


def scale_by_type(dtype: np.dtype[Any], bits: int = 0) -> Scale | None:
    """Return the scale of values whose type alone says what is white: of less than 8 bits.

    Args:
        dtype: Their type.
        bits: Bits in use; 0 for all.

    Returns:
        The scale; None where the rule has to look at the values, and for 8 bits.

    Example:
        >>> scale_by_type(np.dtype(bool)), scale_by_type(np.dtype('u1'), 4)
        (Scale(low=0.0, high=1.0), Scale(low=0.0, high=15.0))
    """
    if dtype.kind == 'b':
        return Scale(0.0, 1.0)
    if dtype == np.uint8 and 0 < bits < 8:
        return Scale(0.0, float(2**bits - 1))
    return None


def find_scale(blocks: Iterable[NDArray[Any]], colored: bool, name: str) -> Scale:
    """Find the scale of an image by the rule.

    Args:
        blocks: All of its values, or samples spread over it, of shape (h, w, channels).
        colored: The channels make a colour.
        name: The image, for messages.

    Returns:
        The scale, the same for all channels.

    Raises:
        UserError: Values are NaN or infinite, or no real numbers.

    Example:
        >>> spot = np.zeros((64, 64, 1), np.uint16)
        >>> spot[10:20, 10:20], spot[50, 50] = 3000, 65535  # a nucleus, and a hot pixel
        >>> find_scale([spot + 100], colored=False, name='a.tif')
        Scale(low=100.0, high=3100.0)
    """
    seen = [_look(block, name) for block in blocks if block.size]
    if not seen:
        return Scale(0.0, 0.0)
    low = min(one.low for one in seen)
    low = min(low, 0.0) if colored else low
    high = max(one.high for one in seen)
    spread = np.concatenate([one.spread for one in seen])
    middle = np.concatenate([one.middle for one in seen])
    noise = max(_quantile(spread, _CALM), _quantile(middle, _CALM))
    span = max(high - low, NOISE_LEVELS * noise)
    if not colored:
        coarse = zip(*(one.coarse for one in seen), strict=True)
        span = _span_of_empty(
            high - low, span, max(_quantile(np.concatenate(one), _COARSE_CALM) for one in coarse)
        )
    return Scale(low, low + span)


def _span_of_empty(range_: float, span: float, coarse: float) -> float:
    """Widen the span as far as the range of values is that of noise."""
    noise = coarse * _COARSE_TO_SIGMA
    if noise <= 0:
        return span
    first, last = _EMPTY_RANGE
    share = min(max((last - range_ / noise) / (last - first), 0.0), 1.0)
    return max(span, share * EMPTY_LEVELS * noise)


def check_finite(values: NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        UserError: There are some.
    """
    if values.dtype.kind == 'f' and not np.isfinite(values).all():
        many = int((~np.isfinite(values)).sum())
        raise UserError(f'{name} has {many:,} values that are NaN or infinite')


@dataclass(frozen=True)
class _Look:
    """What a part of an image shows.

    Args:
        low: Its lowest value without hot pixels.
        high: Its highest.
        spread: The noise of blocks of pixels, by their mean square. A picture without noise has
            many of 0, and keeps them: its edges are none.
        middle: The same by the median, only of blocks that are not constant: one edge does not
            count, nor does black around a slide.
        coarse: ``spread`` after pixels were averaged, by 2 x 2 and by 4 x 4.
    """

    low: float
    high: float
    spread: NDArray[np.float64]
    middle: NDArray[np.float64]
    coarse: tuple[NDArray[np.float64], ...]


def _look(block: NDArray[Any], name: str) -> _Look:
    if block.dtype.kind not in 'buif':
        raise UserError(f'{name} has values of type {block.dtype}, which are no pixels')
    check_finite(block, name)
    values = block.astype(np.float64)
    # In a unit of its own, as 32 bits are too few for some; a power of 2 changes no digit.
    unit = float(2.0 ** np.frexp(np.abs(values).max())[1])
    planes = [
        np.ascontiguousarray(values[..., i] / unit, np.float32) for i in range(values.shape[2])
    ]
    calm = [cv2.medianBlur(plane, 3) for plane in planes]
    fine = np.concatenate([_blocks(plane, _BLOCK) for plane in planes])
    spread = _spread(fine)
    return _Look(
        unit * float(min(plane.min() for plane in calm)),
        unit * float(max(plane.max() for plane in calm)),
        unit * spread,
        unit * np.median(fine[spread > 0], axis=1) * _MEDIAN_TO_SIGMA,
        tuple(
            unit * np.concatenate([_spread(_averaged_blocks(plane, by)) for plane in planes])
            for by in _AVERAGED
        ),
    )


def _blocks(plane: NDArray[np.float32], side: int) -> NDArray[np.float64]:
    """What passes the filter, in blocks: of shape (blocks, side * side)."""
    h, w = (length // side * side for length in plane.shape)
    high = cv2.filter2D(plane, -1, _HIGH_PASS, borderType=cv2.BORDER_REPLICATE)[:h, :w]
    blocks = high.reshape(h // side, side, w // side, side).swapaxes(1, 2)
    return np.abs(blocks.reshape(-1, side * side)).astype(np.float64)


def _averaged_blocks(plane: NDArray[np.float32], by: int) -> NDArray[np.float64]:
    h, w = (length // by for length in plane.shape)
    if not h or not w:
        return np.zeros((0, _COARSE_BLOCK**2))
    small = plane[: h * by, : w * by].reshape(h, by, w, by).mean(axis=(1, 3))
    return _blocks(small, _COARSE_BLOCK)


def _spread(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    spread: NDArray[np.float64] = np.sqrt((blocks**2).mean(axis=1))
    return spread


def _quantile(noise: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(noise, share)) if len(noise) else 0.0
