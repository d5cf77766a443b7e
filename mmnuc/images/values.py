"""Values of any type as 8 bits, by one rule that every reader of pictures shares.

- 8 bits: as they are. One bit: black and white. 2 to 7 bits: 0 is black, the largest white.
- Else the highest value becomes white, or 225 for colours on a bright ground. Black is 0 for
  colours, whose hue must stay, and on bright grounds; it is the lowest value on dark grounds, as
  cameras add an offset, and where all values are far from 0. Highest and lowest are found after a
  median of 3 x 3 pixels, which drops hot pixels and keeps each nucleus, however few.
- Noise is not stretched: white is never less than some standard deviations of the noise above
  black. They are many where most of the image is dark, as models of fluorescence
  know noise of less than a level of 8 bits; few where it is bright; and many in an empty field,
  whose whole range is that of noise.
- A range that people choose counts instead.

Nothing in it depends on the unit of the values: the picture times any factor above 0 becomes the
same 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.images.noise import look, noise_of

# White is at least this many standard deviations of the noise above black, on a dark and on a
# bright ground. Found on 40 images of the Data Science Bowl 2018 as 16 bits: with 50, 200, 300, 400
# the F1 of the fluorescence model is 0.82, 0.89, 0.91, 0.92, and 0.92 on the files themselves; with
# 400 it misses nuclei that stand out from the noise by 5 times its standard deviation. Bright
# fields and histology have a noise that is a larger share of their range.
DARK_LEVELS, BRIGHT_LEVELS = 300.0, 50.0
# Where the median lies between low and high: up to the first the ground is dark, from the second on
# bright. It is below 0.1 in fluorescence, mostly above 0.3 in histology.
_GROUNDS = (0.15, 0.35)
# What the highest value of coloured pictures on a bright ground becomes: scanners and cameras show
# bare glass below white (212 in the Data Science Bowl 2018, 235 to 245 in MoNuSeg), and a model of
# histology finds as many nuclei as in the files themselves with 225, a third fewer with 255.
_GLASS = 225
# The share of the highest value that the lowest one has where it is an offset, on bright grounds;
# it is at most 0.235 in bright fields (Data Science Bowl 2018).
_FAR = (0.24, 0.33)
# The same in an empty field, where noise may be blurred too, by a binning or a filter. Noise alone
# has a range of 8 to 12 standard deviations, real images one of 20 and more: an image is an empty
# field up to the first of these, is none from the second on, and in part between.
EMPTY_LEVELS = 300.0
_EMPTY_RANGE = (12.0, 15.0)


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
            # Files of Java programs have the higher byte first.
            own = values.astype(values.dtype.newbyteorder('='), copy=False)
            looked_up: NDArray[np.uint8] = np.roll(table, info.min)[
                own.view(f'u{own.dtype.itemsize}')
            ]
            return looked_up
        return self._scaled(values)

    def _scaled(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        if self.high <= self.low:
            return np.zeros(values.shape, np.uint8)
        # What is beyond all numbers is beyond white.
        with np.errstate(over='ignore'):
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
    seen = [look(block, name) for block in blocks if block.size]
    if not seen:
        return Scale(0.0, 0.0)
    low, high = min(one.low for one in seen), max(one.high for one in seen)
    if low >= high:
        return Scale(min(low, 0.0) if colored else low, high)
    noise, blurred, wide = noise_of(seen)
    range_ = high - low
    median = float(np.median([one.median for one in seen]))
    dark = 1 - _between((median - low) / range_, *_GROUNDS)
    # The light of an empty field may be uneven.
    nearby = min(range_, max(one.nearby for one in seen))
    empty = 1 - _between(nearby / wide, *_EMPTY_RANGE) if wide > 0 and not colored else 0.0
    # On a bright ground nothing is darker than no light, unless all values are far from it.
    far = _between(low / high, *_FAR) if low > 0 else 0.0
    black = min(low, 0.0 if colored else low * max(dark, empty, far))
    levels = BRIGHT_LEVELS * (DARK_LEVELS / BRIGHT_LEVELS) ** dark
    floors = (levels * noise, levels * blurred * dark, EMPTY_LEVELS * wide * empty)
    glass = 1 + (255 / _GLASS - 1) * (1 - dark) if colored else 1.0
    return Scale(black, black + max((high - black) * glass, *floors))


def _between(value: float, first: float, last: float) -> float:
    """How far a value is from the first to the last, cut off at 0 and 1."""
    return min(max((value - first) / (last - first), 0.0), 1.0)
