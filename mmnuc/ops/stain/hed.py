"""Stains of H&E tissue: how much of each is in a pixel, and other amounts of it.

Light passes through stain by the law of Lambert and Beer: the logarithm of what comes through, the
optical density, is proportional to the amount. So what changes stains is a linear map of densities,
and the same loop over pixels serves all of it (:func:`recolor`).

A pixel is tissue where it lets less than 86 % of the green light of bare glass through: both
hematoxylin and eosin absorb green most. An image of which less than 1 % is tissue is blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.arrays import F64Array, U8Array
from mmnuc.ops.stain import kernels as stain_kernels

RGB_FROM_HED: F64Array = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
"""Density in red, green and blue of hematoxylin, eosin and DAB (Ruifrok and Johnston 2001)."""

HED_FROM_RGB = np.linalg.inv(RGB_FROM_HED).astype(np.float64)

# Black is taken for this much light, and as the unit of an amount of stain: scikit-image's choice.
_DARKEST = 1e-6
_UNIT = -np.log(_DARKEST)

GLASS = 240
"""Value of bare glass: scanners leave some room above it."""

TISSUE_DENSITY = 0.15
"""What Macenko et al. ask of a pixel's density before they look at its colour."""

TISSUE_GREEN = int(np.ceil(GLASS * np.exp(-TISSUE_DENSITY)))
"""A pixel is tissue where green is below this."""

_LEAST_TISSUE = 0.01


@dataclass(frozen=True)
class Rounding:
    """An 8-bit value for each number, by comparison with the edges between values.

    Args:
        first: Start of the first bin.
        starts: For each bin of width 2^-12, how many edges lie at or before its start.
        edges: The 255 edges in rising order, no two of them in one bin, and infinity.
    """

    first: float
    starts: NDArray[np.int64]
    edges: F64Array


def rounding(edges: F64Array) -> Rounding:
    """Prepare the comparison with 255 edges, in rising order.

    Example:
        >>> table = rounding(np.arange(255) + 0.5)
        >>> table.starts[:: 1 << 12][:4].tolist()
        [0, 1, 2, 3]
    """
    first = float(edges[0]) - 2.0**-stain_kernels.BITS
    count = int((edges[-1] - first) * 2**stain_kernels.BITS) + 2
    at = first + np.arange(count) * 2.0**-stain_kernels.BITS
    starts = np.searchsorted(edges, at, 'right')
    return Rounding(first, starts, np.append(edges, np.inf))


@cache
def densities(glass: int, darkest: float) -> F64Array:
    """Optical density of each 8-bit value, of shape (256,), in natural logarithms.

    Args:
        glass: Value of density 0.
        darkest: Values below this count as this.
    """
    density: F64Array = -np.log(np.maximum(np.arange(256), darkest) / glass)
    return density


@cache
def _light_rounding(glass: int) -> Rounding:
    return rounding(np.log((np.arange(255) + 0.5) / glass))


def check_rgb(rgb: U8Array) -> None:
    """Complain about anything but an 8-bit colour image.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(
            f'stains are read from uint8 colours of shape (H, W, 3), not {rgb.dtype} {rgb.shape}'
        )


def tissue_pixels(rgb: U8Array) -> int:
    """Count the pixels of tissue, 0 if the image is blank.

    Args:
        rgb: uint8 of shape (H, W, 3).

    Returns:
        Pixels that absorb green, or 0 where they are less than 1 % of the image.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> image = np.full((10, 20, 3), 250, np.uint8)
        >>> image[0, :2] = 140, 80, 160
        >>> tissue_pixels(image), tissue_pixels(image[:, 2:])
        (2, 0)
    """
    check_rgb(rgb)
    count = stain_kernels.count_tissue(rgb, TISSUE_GREEN)
    return count if count >= _LEAST_TISSUE * rgb.shape[0] * rgb.shape[1] else 0


def rgb_to_hed(rgb: U8Array) -> F64Array:
    """Separate hematoxylin, eosin and DAB, as ``skimage.color.rgb2hed`` does.

    A. C. Ruifrok and D. A. Johnston, Quantification of histochemical staining by color
    deconvolution, 2001.

    Args:
        rgb: uint8 of shape (H, W, 3).

    Returns:
        Amounts of shape (H, W, 3), 0 where it would be less. An amount of 1 leaves a millionth of
        the light.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> rgb_to_hed(np.array([[[140, 80, 160], [255, 255, 255]]], np.uint8)).round(3).tolist()
        [[[0.056, 0.035, 0.018], [0.0, 0.0, 0.0]]]
    """
    check_rgb(rgb)
    hed = np.empty(rgb.shape)
    density = densities(255, 255 * _DARKEST) / _UNIT
    stain_kernels.separate(rgb, HED_FROM_RGB, density, hed)
    return hed


def hed_to_rgb(hed: F64Array) -> F64Array:
    """Show amounts of hematoxylin, eosin and DAB as light, as ``skimage.color.hed2rgb`` does.

    Args:
        hed: Amounts of shape (H, W, 3), in the units of :func:`rgb_to_hed`.

    Returns:
        Colours of shape (H, W, 3), 0 to 1.

    Raises:
        ValueError: It isn't of shape (H, W, 3).

    Example:
        >>> hed_to_rgb(np.array([[[0.05, 0.02, 0.0]]])).round(3).tolist()
        [[[0.626, 0.469, 0.794]]]
    """
    stains = np.ascontiguousarray(hed, np.float64)
    if stains.ndim != 3 or stains.shape[2] != 3:
        raise ValueError(f'amounts of three stains have the shape (H, W, 3), not {stains.shape}')
    rgb = np.empty(stains.shape)
    stain_kernels.combine(stains, RGB_FROM_HED * -_UNIT, rgb)
    np.exp(rgb, out=rgb)  # numpy's works on several values at a time
    return np.minimum(rgb, 1, out=rgb)


def jitter_hed(rgb: U8Array, factors: F64Array, offsets: F64Array) -> U8Array:
    """Change how strongly hematoxylin, eosin and the rest are stained.

    D. Tellez et al., Whole-slide mitosis detection in H&E breast histology using PHH3 as a
    reference to train distilled stain-invariant convolutional networks, 2018. Unlike
    :func:`rgb_to_hed` this keeps amounts below 0, so factors of 1 and offsets of 0 change nothing.

    Args:
        rgb: uint8 of shape (H, W, 3).
        factors: For each of the three, what its amount is multiplied by.
        offsets: For each, what is added then: optical density, in natural logarithms.

    Returns:
        uint8 of the same shape; a blank image as it is.

    Raises:
        ValueError: It isn't uint8 of shape (H, W, 3).

    Example:
        >>> nucleus = np.array([[[140, 80, 160]]], np.uint8)
        >>> jitter_hed(nucleus, np.array([1.1, 1, 1]), np.zeros(3)).tolist()
        [[[133, 76, 156]]]
        >>> jitter_hed(nucleus, np.ones(3), np.zeros(3)).tolist()
        [[[140, 80, 160]]]
    """
    if not tissue_pixels(rgb):
        return rgb
    matrix = (HED_FROM_RGB * factors) @ RGB_FROM_HED
    return recolor(rgb, densities(255, 255 * _DARKEST), 255, matrix, offsets @ RGB_FROM_HED)


def recolor(
    rgb: U8Array, density: F64Array, glass: int, matrix: F64Array, offset: F64Array
) -> U8Array:
    """Map the densities of an image: ``density @ matrix + offset``.

    Args:
        rgb: uint8 of shape (H, W, 3).
        density: Of each 8-bit value, of shape (256,).
        glass: Value of density 0 in the result.
        matrix: Of shape (3, 3).
        offset: Of shape (3,).

    Returns:
        uint8 of the same shape, rounded to the nearest value, and laid out in memory alike.

    Example:
        >>> image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
        >>> half = recolor(image, densities(255, 1), 255, np.eye(3), np.full(3, np.log(2)))
        >>> half.tolist()
        [[[1, 1, 1], [2, 2, 3]]]
    """
    out = like(rgb)
    table = _light_rounding(glass)
    lookup = (table.first, table.starts, table.edges)
    stain_kernels.recolor(rgb, density, np.ascontiguousarray(matrix), offset, *lookup, out)
    return out


def like(rgb: U8Array) -> U8Array:
    """Return room for an image, laid out as this one.

    The RGB view of a BGR image gets an RGB view of a BGR image: turning back costs nothing.

    Example:
        >>> like(np.zeros((2, 2, 3), np.uint8)[..., ::-1])[..., ::-1].flags.c_contiguous
        True
    """
    out = np.empty(rgb.shape, np.uint8)
    return out[..., ::-1] if rgb.strides[2] < 0 else out
