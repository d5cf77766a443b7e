"""Lengths and areas of nuclei in micrometres, of pixels that need not be square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmnuc.export.shape_kernels import COUNTS, shape_counts
from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.crops import Crops
from mmnuc.ops.crops.rescale import rescale

MeasurementColumns = dict[str, NDArray[np.generic]]

_LENGTHS = (
    'centroid_x',
    'centroid_y',
    'perimeter',
    'major_axis_length',
    'minor_axis_length',
    'equivalent_diameter',
)


def in_micrometres(
    shape: MeasurementColumns, counts: I64Array, crops: Crops, pixel_size: PixelSize
) -> MeasurementColumns:
    """Return every length and area once more, in micrometres.

    Where pixels are not square, a perimeter is that of the mask in square pixels as large as the
    larger side, and axes are those of the ellipse with the same second moments in micrometres.

    Args:
        shape: What :func:`mmnuc.export.measure.shapes` measured of N nuclei.
        counts: What it counted, of shape (N, COUNTS).
        crops: Their masks.
        pixel_size: Micrometres a pixel.

    Returns:
        ``area_um2``, ``centroid_x_um``, ``centroid_y_um``, ``perimeter_um``,
        ``major_axis_length_um``, ``minor_axis_length_um`` and ``equivalent_diameter_um``.

    Example:
        >>> from mmnuc.export.measure import shapes
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> crops = from_bitmaps(np.ones((1, 4, 2), np.uint8))
        >>> found = in_micrometres(shapes(crops), counts_of(crops), crops, PixelSize(0.5, 0.25))
        >>> found['area_um2'].tolist(), found['perimeter_um'].tolist()
        ([1.0], [2.0])
    """
    x, y = pixel_size.x, pixel_size.y
    area = shape['area'].astype(np.float64) * (x * y)
    lengths = {name: shape[name].astype(np.float64) for name in _LENGTHS}
    scaled = {name: lengths[name] * x for name in _LENGTHS}
    if x != y:
        scaled['centroid_y'] = lengths['centroid_y'] * y
        scaled['perimeter'] = _perimeters(crops, pixel_size)
        scaled['equivalent_diameter'] = np.sqrt(4 * area / np.pi)
        across, down, both = moments(counts)
        long, flat = axes_of(across * x * x, down * y * y, both * x * y)
        scaled['major_axis_length'] = 4 * np.sqrt(long) / counts[:, 0]
        scaled['minor_axis_length'] = 4 * np.sqrt(flat) / counts[:, 0]
    return {'area_um2': area, **{f'{name}_um': values for name, values in scaled.items()}}


def perimeters(counts: I64Array) -> F64Array:
    """Perimeters in pixels, as scikit-image weighs those of the border.

    Args:
        counts: See :data:`mmnuc.export.shape_kernels.COUNTS`, of shape (N, COUNTS).
    """
    straight, slanted, between = counts[:, 6:9].T
    diagonal = np.sqrt(2)
    found: F64Array = straight + slanted * diagonal + between * (1 + diagonal) / 2
    return found


def moments(counts: I64Array) -> tuple[F64Array, F64Array, F64Array]:
    """Second moments of N masks along x, along y and of both, times the square of the area.

    Whole numbers, exact up to masks of a million pixels.
    """
    area, x, y, xx, yy, xy = counts[:, :6].astype(np.float64).T
    return area * xx - x * x, area * yy - y * y, area * xy - x * y


def axes_of(across: F64Array, down: F64Array, both: F64Array) -> tuple[F64Array, F64Array]:
    """Moments along the longest and the shortest axis, from those along x, y and both."""
    long = (across + down) / 2 + np.sqrt(((across - down) / 2) ** 2 + both**2)
    # The product of the two is the determinant, which does not cancel out.
    return long, (across * down - both * both).clip(0) / np.where(long > 0, long, 1)


def _perimeters(crops: Crops, pixel_size: PixelSize) -> F64Array:
    """Perimeters of masks in square pixels, in micrometres."""
    side = max(pixel_size.x, pixel_size.y)
    height, width = crops.height * pixel_size.y / side, crops.width * pixel_size.x / side
    return perimeters(counts_of(rescale(crops, round(height), round(width)))) * side


def counts_of(crops: Crops) -> I64Array:
    """Count what shapes are measured by, see :data:`mmnuc.export.shape_kernels.COUNTS`."""
    counts = np.zeros((len(crops), COUNTS), np.int64)
    shape_counts(crops.buffer, crops.offsets, crops.boxes_xyxy, counts)
    return counts
