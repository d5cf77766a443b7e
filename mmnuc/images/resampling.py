"""Resampling on one grid: what a pixel becomes depends on its place in the whole image alone.

Each pixel of the output is a weighted sum of pixels of the input, along one axis and then along the
other. The weights follow from its number, counted from the edge of the whole image, and are rounded
to integers, whose sums do not depend on their order. So a piece equals the same piece of the whole
bit for bit, which neither OpenCV nor Pillow promises: they count from the edge of the array that
they are given.

Enlarging interpolates, ``bicubic`` with OpenCV's sharper kernel: models find more on what it gives
(docs/image-formats.md). Shrinking widens a kernel to the size of a new pixel, as Pillow does, so
that nothing finer than that is left to alias. Beyond the edge, pixels repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.images.color import Rgb
from mmnuc.ops.compiled import INT, kernel, read_only

Floats = NDArray[np.float64]

# Weights in 1/2**14, what lies between the axes in 1/2**6 of a grey value: with lanczos, whose
# weights add up to 1.5 without their signs, both fit 16 bits and the sums fit 32.
_WEIGHT_BITS, _BETWEEN_BITS = 14, 6


def _bilinear(x: Floats) -> Floats:
    return np.clip(1 - np.abs(x), 0, None)


def _cubic(x: Floats, a: float) -> Floats:
    """Keys's family of kernels."""
    t = np.abs(x)
    inner = ((a + 2) * t - (a + 3)) * t * t + 1
    outer = a * (((t - 5) * t + 8) * t - 4)
    return np.where(t < 1, inner, np.where(t < 2, outer, 0.0))


def _cubic_of_opencv(x: Floats) -> Floats:
    return _cubic(x, -0.75)


def _cubic_of_pillow(x: Floats) -> Floats:
    return _cubic(x, -0.5)


def _lanczos(x: Floats) -> Floats:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


_Kernel = Callable[[Floats], Floats]
# To enlarge, to shrink, and how far each reaches.
_KERNELS: dict[str, tuple[_Kernel, _Kernel, int]] = {
    'bilinear': (_bilinear, _bilinear, 1),
    'bicubic': (_cubic_of_opencv, _cubic_of_pillow, 2),
    'lanczos': (_lanczos, _lanczos, 3),
}
METHODS = tuple(_KERNELS)


@dataclass(frozen=True)
class Axis:
    """What pixels along one axis are made of.

    Args:
        places: ``int32`` (n, taps): which pixels of the input.
        weights: ``int16`` (n, taps): their weights, which add up to 2**14.
        step: Input pixels an output pixel.
    """

    places: NDArray[np.int32]
    weights: NDArray[np.int16]
    step: float

    @property
    def first(self) -> int:
        """The first pixel of the input that is needed."""
        return int(self.places.min())

    @property
    def end(self) -> int:
        """The pixel after the last one that is needed."""
        return int(self.places.max()) + 1


def axis_of(start: int, stop: int, size: int, step: float, method: str = 'bicubic') -> Axis:
    """Say what the output pixels from ``start`` to ``stop`` are made of, along one axis.

    Args:
        start: The first output pixel, at least one before ``stop``.
        stop: The one after the last.
        size: Pixels of the whole input.
        step: Input pixels an output pixel: below 1 to enlarge.
        method: ``bilinear``, ``bicubic`` or ``lanczos``.

    Returns:
        Places and weights.

    Example:
        >>> two = axis_of(0, 2, 100, 0.5, 'bilinear')
        >>> two.places.tolist(), (two.weights / 2**14).tolist()
        ([[0, 0], [0, 1]], [[0.25, 0.75], [0.75, 0.25]])
    """
    enlarging, shrinking, support = _KERNELS[method]
    shape = enlarging if step < 1 else shrinking
    width = max(step, 1.0)
    centers = (np.arange(start, stop) + 0.5) * step
    lowest = np.floor(centers - support * width + 0.5).astype(np.int64)
    places = lowest[:, None] + np.arange(ceil(2 * support * width))
    weights = shape((places + 0.5 - centers[:, None]) / width)
    weights /= weights.sum(axis=1, keepdims=True)
    rounded = np.rint(weights * 2**_WEIGHT_BITS).astype(np.int64)
    # What rounding lost goes to the largest: a plain area keeps its colour.
    largest = rounded.argmax(axis=1)
    rounded[np.arange(len(rounded)), largest] += 2**_WEIGHT_BITS - rounded.sum(axis=1)
    used = np.flatnonzero(rounded.any(axis=0))
    kept = slice(used[0], used[-1] + 1)
    places = places[:, kept].clip(0, size - 1)
    return Axis(
        np.ascontiguousarray(places, np.int32),
        np.ascontiguousarray(rounded[:, kept], np.int16),
        step,
    )


def resample(piece: Rgb, x: Axis, y: Axis) -> Rgb:
    """Make the pixels that two axes describe.

    Args:
        piece: The input from ``x.first`` to ``x.end`` and from ``y.first`` to ``y.end``, of shape
            (h, w, 3).
        x: Along rows.
        y: Along columns.

    Returns:
        Array of shape (n of y, n of x, 3).

    Example:
        >>> piece = np.full((2, 2, 3), 7, np.uint8)
        >>> both = axis_of(0, 3, 2, 2 / 3)
        >>> resample(piece, both, both).tolist() == [[[7] * 3] * 3] * 3
        True
    """
    h, w = piece.shape[:2]
    rows, columns = len(y.places), len(x.places)
    out = np.empty((rows, columns, 3), np.uint8)
    inner, outer = _WEIGHT_BITS - _BETWEEN_BITS, _WEIGHT_BITS + _BETWEEN_BITS
    piece = np.ascontiguousarray(piece)
    # The axis that leaves fewer pixels between comes first: the same for every piece of an image.
    if y.step <= x.step:
        between = np.empty((h, columns, 3), np.int16)
        _along_x(piece, x.places, x.weights, x.first, inner, between)
        _along_y(_flat(between), y.places, y.weights, y.first, outer, _flat(out))
    else:
        between = np.empty((rows, w, 3), np.int16)
        _along_y(_flat(piece), y.places, y.weights, y.first, inner, _flat(between))
        _along_x(between, x.places, x.weights, x.first, outer, out)
    return out


def _flat(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels.reshape(pixels.shape[0], -1)


def _signatures(dimensions: int) -> list[Any]:
    eight = types.Array(types.uint8, dimensions, 'C')
    between = types.Array(types.int16, dimensions, 'C')
    places, weights = (read_only(types.Array(kind, 2, 'C')) for kind in (types.int32, types.int16))
    return [
        types.void(read_only(eight), places, weights, INT, INT, between),
        types.void(read_only(between), places, weights, INT, INT, eight),
    ]


@kernel(_signatures(3))
def _along_x(pixels, places, weights, first, shift, out):  # type: ignore[no-untyped-def]
    half = np.int32(1 << (shift - 1))
    least, most = (0, 255) if out.itemsize == 1 else (-32768, 32767)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            red = green = blue = half
            for tap in range(places.shape[1]):
                place = places[x, tap] - first
                weight = np.int32(weights[x, tap])
                red = np.int32(red + weight * np.int32(pixels[y, place, 0]))
                green = np.int32(green + weight * np.int32(pixels[y, place, 1]))
                blue = np.int32(blue + weight * np.int32(pixels[y, place, 2]))
            out[y, x, 0] = min(max(red >> shift, least), most)
            out[y, x, 1] = min(max(green >> shift, least), most)
            out[y, x, 2] = min(max(blue >> shift, least), most)


@kernel(_signatures(2))
def _along_y(pixels, places, weights, first, shift, out):  # type: ignore[no-untyped-def]
    sums = np.empty(out.shape[1], np.int32)
    half = np.int32(1 << (shift - 1))
    least, most = (0, 255) if out.itemsize == 1 else (-32768, 32767)
    for y in range(out.shape[0]):
        sums[:] = half
        for tap in range(places.shape[1]):
            row = pixels[places[y, tap] - first]
            weight = np.int32(weights[y, tap])
            for i in range(len(sums)):
                sums[i] += np.int32(weight * np.int32(row[i]))
        for i in range(len(sums)):
            out[y, i] = min(max(sums[i] >> shift, least), most)
