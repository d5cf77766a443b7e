"""Normalise stains as Macenko et al. do: find the two stains of an image, and exchange them.

M. Macenko et al., A method for normalizing histology slides for quantitative analysis, ISBI 2009.
The parameters are those of M. Veta's reference code, which most tools follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmnuc.ops.arrays import F64Array, U8Array
from mmnuc.ops.stain import kernels as stain_kernels
from mmnuc.ops.stain.hed import GLASS, TISSUE_GREEN, densities, recolor, tissue_pixels
from mmnuc.ops.stain.percentile import around, percentile

_ALPHA = 1.0  # per cent of the pixels that are left out at either end of the angles
_STRONG = 99.0  # per cent of the pixels whose amount is at most what counts as full

# Below one degree noise would be taken for the second stain, and blown up 57 times.
_LEAST_SINE = np.sin(np.radians(1.0))
# Rounding to 8 bits alone makes more: without it there is no plane, as with two colours.
_LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Stains:
    """The colours of hematoxylin and eosin in an image, and how strong they are.

    Args:
        colors: Optical densities in red, green and blue, of shape (2, 3) and length 1.
        strengths: The 99th percentile of the amount of each, of shape (2,).
    """

    colors: F64Array
    strengths: F64Array


REFERENCE = Stains(
    np.array([[0.5626, 0.7201, 0.4062], [0.2159, 0.8012, 0.5581]]),
    np.array([1.9705, 1.0308]),
)
"""The target of Veta's code."""


def find_stains(rgb: U8Array) -> Stains | None:
    """Find the colours and strengths of an image's two stains.

    Args:
        rgb: uint8 of shape (H, W, 3).

    Returns:
        The stains, or ``None`` where there aren't two: the image is blank, of one colour, grey, or
        of one stain alone.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> mixture = np.random.default_rng(0).random((99, 99, 2)) @ REFERENCE.colors
        >>> image = (240 * np.exp(-mixture)).astype(np.uint8)
        >>> find_stains(image).colors.round(1).tolist()
        [[0.6, 0.7, 0.4], [0.2, 0.8, 0.6]]
        >>> find_stains(np.full((5, 5, 3), 250, np.uint8)) is None
        True
    """
    count = tissue_pixels(rgb)
    if not count:
        return None
    density = densities(GLASS, 1)
    colors = _colors(rgb, count, density)
    if colors is None or np.linalg.norm(np.cross(*colors)) < _LEAST_SINE:
        return None
    room = np.empty((2, count))
    stain_kernels.amounts(rgb, TISSUE_GREEN, density, np.linalg.pinv(colors), *room)
    strengths = np.array([percentile(amounts, _STRONG) for amounts in room])
    return Stains(colors, strengths) if strengths.min() > 0 else None


def _colors(rgb: U8Array, count: int, density: F64Array) -> F64Array | None:
    """The outermost directions in the plane in which the densities vary most."""
    sums = np.zeros((4, 3))
    stain_kernels.moments(rgb, TISSUE_GREEN, density, sums)
    mean = sums[3] / count
    # The kernel fills the upper triangle.
    covariance = sums[:3] / count - np.triu(np.outer(mean, mean))
    variances, axes = np.linalg.eigh(covariance, 'U')
    if variances[1] < _LEAST_VARIANCE:
        return None
    plane = axes[:, [2, 1]]
    # Away from the jump of the angles at half a turn.
    plane = np.ascontiguousarray(plane * np.where(mean @ plane < 0, -1, 1))
    turns = np.empty(count)
    stain_kernels.turns(rgb, TISSUE_GREEN, density, plane, turns)
    angles = np.array([_percentile_angle(turns, share) for share in (_ALPHA, 100 - _ALPHA)])
    colors = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ plane.T
    # Hematoxylin takes more of the red.
    return np.ascontiguousarray(colors[np.argsort(-colors[:, 0], kind='stable')])


def _percentile_angle(turns: F64Array, share: float) -> float:
    """The percentile of the angles, with the arcus tangent of two values alone."""
    first, second, part = around(turns, share)
    return _angle(first) + part * (_angle(second) - _angle(first))


def _angle(turn: float) -> float:
    """Undo ``turns`` of the kernels: -2 to 2 becomes -pi to pi."""
    quarter = abs(turn)
    y, x = (quarter, 1 - quarter) if quarter <= 1 else (2 - quarter, 1 - quarter)
    return float(np.copysign(np.arctan2(y, x), turn))


def normalize_macenko(rgb: U8Array, target: Stains = REFERENCE) -> U8Array:
    """Give an image the stains of another.

    What is in a pixel besides the two stains is dropped, as in the paper.

    Args:
        rgb: uint8 of shape (H, W, 3).
        target: Colours and strengths that the image gets.

    Returns:
        uint8 of the same shape; the image itself where :func:`find_stains` finds no two stains.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> mixture = np.random.default_rng(0).random((99, 99, 2)) @ REFERENCE.colors
        >>> pale = (240 * np.exp(-mixture / 2)).astype(np.uint8)
        >>> find_stains(normalize_macenko(pale)).strengths.round(1).tolist()
        [2.0, 1.0]
    """
    own = find_stains(rgb)
    if own is None:
        return rgb
    change = (target.strengths / own.strengths)[:, None] * target.colors
    matrix = np.linalg.pinv(own.colors) @ change
    return recolor(rgb, densities(GLASS, 1), GLASS, matrix, np.zeros(3))
