"""Normalise colours as Reinhard et al. do: mean and spread of an image become those of another.

E. Reinhard et al., Color transfer between images, 2001; in CIE L*a*b* (sRGB, D65), as tools for
tissue do. Mean and spread are those of the tissue, whatever share of the image is glass; the map is
applied to all of it, so that no edge appears where tissue ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import F64Array, U8Array
from mmnuc.ops.stain import kernels as stain_kernels
from mmnuc.ops.stain.hed import TISSUE_GREEN, Rounding, check_rgb, like, rounding, tissue_pixels

_XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65, seen by the 2 degree observer
_FROM_RGB = np.ascontiguousarray((_XYZ_FROM_RGB / _WHITE[:, None]).T)
_TO_RGB = np.ascontiguousarray(np.linalg.inv(_FROM_RGB))

_FINE = 1 << 14  # entries in the table of roots: L*a*b* is right to 0.001
_LEAST_SPREAD = 0.01  # of L*a*b*: less can't be told from rounding


@dataclass(frozen=True)
class LabStatistics:
    """Mean and standard deviation of the tissue's L*, a* and b*, each of shape (3,)."""

    mean: F64Array
    std: F64Array


REFERENCE = LabStatistics(np.array([56.0, 28.0, -11.0]), np.array([16.0, 7.0, 7.0]))
"""Medians over the 24 tiles of the VRDL 2021 training set, from as many TCGA slides."""


@cache
def _linear() -> F64Array:
    return _linear_light(np.arange(256) / 255)


def _linear_light(srgb: F64Array) -> F64Array:
    bright = ((srgb + 0.055) / 1.055) ** 2.4
    light: F64Array = np.where(srgb > 0.04045, bright, srgb / 12.92)
    return light


@cache
def _roots() -> F64Array:
    t = np.arange(_FINE + 2) / _FINE
    roots: F64Array = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return roots


@cache
def _srgb_rounding() -> Rounding:
    return rounding(_linear_light((np.arange(255) + 0.5) / 255))


def rgb_to_lab(rgb: U8Array) -> NDArray[np.float32]:
    """Convert to CIE L*a*b*, as ``skimage.color.rgb2lab`` does, to 0.001.

    Args:
        rgb: uint8 of shape (H, W, 3).

    Returns:
        L*, a* and b* of shape (H, W, 3).

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> rgb_to_lab(np.array([[[140, 80, 160]]], np.uint8)).round()
        array([[[ 44.,  39., -33.]]], dtype=float32)
    """
    check_rgb(rgb)
    lab = np.empty(rgb.shape, np.float32)
    stain_kernels.to_lab(rgb, _linear(), _FROM_RGB, _roots(), lab)
    return lab


def lab_statistics(rgb: U8Array) -> LabStatistics | None:
    """Take the mean and spread of a tissue's colours.

    Args:
        rgb: uint8 of shape (H, W, 3).

    Returns:
        Mean and spread, or ``None`` where there is nothing to scale: the image is blank, of one
        colour, or grey.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> two = np.array([[[140, 80, 160], [180, 90, 150]]], np.uint8)
        >>> lab_statistics(two).std.round(1).tolist()
        [3.5, 2.6, 8.5]
        >>> lab_statistics(two[:, :1]) is None
        True
    """
    return _statistics(rgb, rgb_to_lab(rgb))


def _statistics(rgb: U8Array, lab: NDArray[np.float32]) -> LabStatistics | None:
    count = tissue_pixels(rgb)
    if not count:
        return None
    sums = np.zeros((2, 3))
    stain_kernels.lab_moments(rgb, TISSUE_GREEN, lab, sums)
    mean = sums[0] / count
    std = np.sqrt(np.maximum(sums[1] / count - mean**2, 0))
    return LabStatistics(mean, std) if std.min() >= _LEAST_SPREAD else None


def normalize_reinhard(rgb: U8Array, target: LabStatistics = REFERENCE) -> U8Array:
    """Give the tissue of an image the mean and spread of another's colours.

    Args:
        rgb: uint8 of shape (H, W, 3).
        target: Mean and spread that the tissue gets.

    Returns:
        uint8 of the same shape; the image itself where :func:`lab_statistics` finds no spread.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> two = np.array([[[140, 80, 160], [180, 90, 150]]], np.uint8)
        >>> same = normalize_reinhard(two, lab_statistics(two))
        >>> same.tolist()
        [[[140, 80, 160], [180, 90, 150]]]
    """
    lab = rgb_to_lab(rgb)
    own = _statistics(rgb, lab)
    if own is None:
        return rgb
    factor = target.std / own.std
    offset = target.mean - own.mean * factor
    out = like(rgb)
    table = _srgb_rounding()
    lookup = (table.first, table.starts, table.edges)
    stain_kernels.from_lab(lab, factor, offset, _TO_RGB, *lookup, out)
    return out
