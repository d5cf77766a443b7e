"""Percentiles of many values, without sorting them."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.compiled import INT, kernel, read_only

BINS = 1024

_OUT = types.Array(types.float64, 1, 'C')


def percentile(values: NDArray[np.float64], share: float) -> float:
    """Compute ``numpy.percentile``.

    Args:
        values: Finite values of shape (N,), at least one.
        share: 0 to 100.

    Returns:
        The percentile, linear between the two values around it.

    Raises:
        ValueError: There are no values, or the share is not from 0 to 100.

    Example:
        >>> percentile(np.array([3.0, 1.0, 2.0]), 75)
        2.5
    """
    first, second, part = around(values, share)
    return first + part * (second - first)


def around(values: NDArray[np.float64], share: float) -> tuple[float, float, float]:
    """Find the two values around a percentile.

    Args:
        values: Finite values of shape (N,), at least one.
        share: 0 to 100.

    Returns:
        The value before, the value after, and how far from the first the percentile is, 0 to 1.

    Raises:
        ValueError: There are no values, or the share is not from 0 to 100.

    Example:
        >>> around(np.array([3.0, 1.0, 2.0]), 75)
        (2.0, 3.0, 0.5)
    """
    if not len(values) or not 0 <= share <= 100:
        raise ValueError(f'percentile {share} of {len(values)} values is not defined')
    place = (len(values) - 1) * share / 100
    pair = np.empty(2)
    _select(values, int(place), pair)
    return float(pair[0]), float(pair[1]), place - int(place)


@kernel(INT(types.float64, types.float64, types.float64))
def _bin(value: float, low: float, high: float) -> int:
    """Which of equal parts of the range a value lies in; all of one, if the range is next to 0."""
    span = high / 2 - low / 2  # halves: the whole may be more than a float holds
    return int((value / 2 - low / 2) / span * BINS) if span > 0 else 0


@kernel(types.void(read_only(_OUT), INT, _OUT))
def _select(values: NDArray[np.float64], rank: int, out: NDArray[np.float64]) -> None:
    """Find the values of a rank and the next: count by bins, sort what falls into theirs alone."""
    low = high = values[0]
    for value in values:
        low, high = min(low, value), max(high, value)
    counts = np.zeros(BINS + 1, np.int64)
    for value in values:
        counts[_bin(value, low, high)] += 1
    following = min(rank + 1, len(values) - 1)
    ends = np.cumsum(counts)
    first = np.searchsorted(ends, rank, 'right')
    last = np.searchsorted(ends, following, 'right')
    before = ends[first] - counts[first]
    room = np.empty(ends[last] - before)
    filled = 0
    for value in values:
        if first <= _bin(value, low, high) <= last:
            room[filled] = value
            filled += 1
    room.sort()
    out[0], out[1] = room[rank - before], room[following - before]
