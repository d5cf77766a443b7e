"""What the pixels of an image show before it is scaled: its range without hot pixels, its noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.errors import UserError

# Noise is taken from the calmest of small blocks, as tissue has texture nearly everywhere and dense
# nuclei have edges: the share that is calmer, and how many times larger the noise of all is.
_BLOCK = 8
_ENOUGH = 1000  # of one part of an image
_CALM = 0.05
_CALM_TO_ALL = 1.37
# The standard deviation of white noise after this filter is 6 times what it was (Immerkær,
# Fast noise variance estimation, 1996): constants and slopes give 0.
_HIGH_PASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
_MEDIAN_TO_SIGMA = 1 / 0.6745
# Noise that a filter has blurred shows when pixels are averaged, 2 x 2 or 4 x 4: the share of
# calmer blocks, and how many times larger the noise is if blurred by up to 1 pixel.
_AVERAGED = (2, 4)
_COARSE_CALM = 0.1
_COARSE_TO_SIGMA = 2.5
# Noise shows 4 x 4 at most this many times as strongly as 2 x 2 (blurred by 2 pixels): what does
# more is no noise, but nuclei that stand close.
_MOST_GROWTH = 5.0
# Uneven light changes little over this many pixels; nuclei do, or their edges.
_NEAR = 33


@dataclass(frozen=True)
class BlockStatistics:
    """What a part of an image shows.

    Args:
        low: Its lowest value without hot pixels.
        high: Its highest.
        nearby: The range of what stands out from its surroundings: without uneven light.
        spread: The noise of blocks of pixels, by their mean square. A picture without noise has
            many of 0, and keeps them: its edges are none.
        middle: The same by the median, only of blocks that are not constant: one edge does not
            count, nor does black around a slide.
        coarse: The noise by the median after pixels were averaged, 2 x 2 and 4 x 4.
        median: The value in the middle.
    """

    low: float
    high: float
    nearby: float
    spread: NDArray[np.float64]
    middle: NDArray[np.float64]
    coarse: tuple[NDArray[np.float64], ...]
    median: float


def look(block: NDArray[Any], name: str) -> BlockStatistics:
    """Look at a part of an image.

    Args:
        block: Values of shape (h, w, channels).
        name: The image, for messages.

    Returns:
        What it shows, of all channels together.

    Raises:
        UserError: Values are NaN or infinite, or no real numbers.

    Example:
        >>> hot = np.ones((9, 9, 1))
        >>> hot[4, 4] = 99
        >>> look(hot, 'a.tif').high
        1.0
    """
    if block.dtype.kind not in 'buif':
        raise UserError(f'{name} has values of type {block.dtype}, which are no pixels')
    check_finite(block, name)
    values = block.astype(np.float64)
    # In a unit of its own, as 32 bits are too few for some; a power of 2 changes no digit.
    unit = float(2.0 ** (np.frexp(np.abs(values).max())[1] - 1))
    planes = [
        np.ascontiguousarray(values[..., i] / unit, np.float32) for i in range(values.shape[2])
    ]
    calm = [_without_hot_pixels(plane) for plane in planes]
    fine = np.concatenate([_blocks(plane) for plane in planes])
    spread: NDArray[np.float64] = np.sqrt((fine**2).mean(axis=1))
    return BlockStatistics(
        unit * float(min(plane.min() for plane in calm)),
        unit * float(max(plane.max() for plane in calm)),
        unit * max(_nearby(plane) for plane in calm),
        unit * spread,
        unit * _middle(fine[spread > 0]),
        tuple(
            unit * np.concatenate([_middle(_averaged_blocks(plane, by)) for plane in planes])
            for by in _AVERAGED
        ),
        unit * float(np.median([plane[::3, ::3] for plane in planes])),
    )


def noise_of(seen: Sequence[BlockStatistics]) -> tuple[float, float, float]:
    """Estimate the noise of an image.

    Args:
        seen: What its parts show.

    Returns:
        Standard deviations of the noise: if it is white, if it is blurred by up to a pixel, and by
        more.
    """
    spread = _CALM_TO_ALL * _quantile([one.spread for one in seen], _CALM)
    middle = _CALM_TO_ALL * _quantile([one.middle for one in seen], _CALM)
    twice, four_times = (
        _COARSE_TO_SIGMA * _quantile(blocks, _COARSE_CALM)
        for blocks in zip(*(one.coarse for one in seen), strict=True)
    )
    return max(spread, middle), twice, max(twice, min(four_times, _MOST_GROWTH * twice))


def check_finite(values: NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        UserError: There are some.
    """
    if values.dtype.kind == 'f' and not np.isfinite(values).all():
        many = int((~np.isfinite(values)).sum())
        raise UserError(f'{name} has {many:,} values that are NaN or infinite')


def _without_hot_pixels(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Drop pixels that stand alone, and the outermost, of which cameras leave rows unread."""
    inner = plane[1:-1, 1:-1] if min(plane.shape) > _BLOCK else plane
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(inner), 3), np.float32)


def _nearby(plane: NDArray[np.float32]) -> float:
    around = cv2.blur(plane, (_NEAR, _NEAR), borderType=cv2.BORDER_REPLICATE)
    return float(np.ptp(plane - around))


def _middle(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.median(blocks, axis=1) * _MEDIAN_TO_SIGMA


def _blocks(plane: NDArray[np.float32]) -> NDArray[np.float64]:
    """What passes the filter, in blocks: of shape (blocks, pixels of one)."""
    side = _BLOCK
    h, w = (length // side * side for length in plane.shape)
    high = cv2.filter2D(plane, -1, _HIGH_PASS, borderType=cv2.BORDER_REPLICATE)[:h, :w]
    blocks = high.reshape(h // side, side, w // side, side).swapaxes(1, 2).reshape(-1, side * side)
    return np.abs(blocks[:: len(blocks) // _ENOUGH | 1]).astype(np.float64)


def _averaged_blocks(plane: NDArray[np.float32], by: int) -> NDArray[np.float64]:
    h, w = (length // by for length in plane.shape)
    if not h or not w:
        return np.zeros((0, _BLOCK**2))
    small = plane[: h * by, : w * by].reshape(h, by, w, by).mean(axis=(1, 3))
    return _blocks(small)


def _quantile(parts: Sequence[NDArray[np.float64]], share: float) -> float:
    noise = np.concatenate(parts)
    return float(np.quantile(noise, share)) if len(noise) else 0.0
