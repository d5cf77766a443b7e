"""Measurements of nuclei: their shape as scikit-image's ``regionprops`` defines it, their colour.

Lengths and areas are in pixels, and once more in micrometres where the size of a pixel is known
(columns that end in ``_um`` and ``_um2``). Positions count from the middle of the first pixel.
"""

from __future__ import annotations

import numpy as np
from numba import types

from mmnuc.export.exported import Exported, Image, pixels_under
from mmnuc.export.micrometres import (
    MeasurementColumns,
    axes_of,
    counts_of,
    in_micrometres,
    moments,
    perimeters,
)
from mmnuc.ops.arrays import F64Array, I64Array, U8Array
from mmnuc.ops.compiled import I64, U8, kernel, read_only
from mmnuc.ops.crops import Crops

_OUT_F64 = types.Array(types.float64, 2, 'C')
_F64 = read_only(types.Array(types.float64, 1, 'C'))
_F64_2 = read_only(_OUT_F64)
_U8_2 = read_only(types.Array(types.uint8, 2, 'C'))

# Absorbance of hematoxylin, eosin and DAB in red, green and blue.
# A. C. Ruifrok, D. A. Johnston: Quantification of histochemical staining, 2001.
_HED = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
_STAINS_OF_ABSORBANCE = np.linalg.inv(_HED)
# scikit-image's scale: 1 is an intensity of a millionth.
_DARKEST = 1e-6
_ABSORBANCE = np.log(np.maximum(np.arange(256) / 255, _DARKEST)) / np.log(_DARKEST)


def measure(
    nuclei: Exported, image: Image | None = None, numbers: I64Array | None = None
) -> MeasurementColumns:
    """Measure nuclei.

    Args:
        nuclei: N nuclei, each with pixels.
        image: Their image; without it colours are left out.
        numbers: The number of each in a label image, of shape (N,); by default from 1 up.

    Returns:
        MeasurementColumns of N values by name, in this order: ``id`` (its number in a label image),
        ``class``, ``score``, those of :func:`shapes`, those of :func:`in_micrometres` and those of
        :func:`colors`.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> found = measure(Nuclei.from_label_map(np.array([[1, 1, 0, 2]])))
        >>> found['id'].tolist(), found['area'].tolist()
        ([1, 2], [2, 1])
    """
    names = np.array(nuclei.class_names, object)
    counts = counts_of(nuclei.crops)
    shape = _shapes(nuclei.crops, counts)
    columns: MeasurementColumns = {
        'id': np.arange(1, len(nuclei.crops) + 1) if numbers is None else numbers,
        'class': names[nuclei.labels],
        'score': scores_of(nuclei),
        **shape,
    }
    if nuclei.pixel_size is not None:
        columns |= in_micrometres(shape, counts, nuclei.crops, nuclei.pixel_size)
    if image is not None:
        columns |= colors(nuclei.crops, image)
    return columns


def scores_of(nuclei: Exported) -> F64Array:
    """Return the scores as people read them: 0.9, not what is next to it in 32 bits."""
    return np.array([float(str(score)) for score in nuclei.scores], np.float64)


def shapes(crops: Crops) -> MeasurementColumns:
    """Measure shapes, each as ``regionprops`` of its mask alone.

    Args:
        crops: N masks, each with pixels.

    Returns:
        ``centroid_x``, ``centroid_y``, ``bbox_x1`` to ``bbox_y2`` (right and bottom ends
        excluded), ``area``, ``perimeter``, ``eccentricity``, ``solidity``, ``orientation`` (from
        -π/2 to π/2 between the vertical and the major axis), ``major_axis_length``,
        ``minor_axis_length``, ``equivalent_diameter`` and ``extent``.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> found = shapes(from_bitmaps(np.ones((1, 2, 3), np.uint8)))
        >>> [found[name].item() for name in ('centroid_x', 'area', 'perimeter', 'solidity')]
        [1.0, 6, 6.0, 1.0]
    """
    return _shapes(crops, counts_of(crops))


def _shapes(crops: Crops, counts: I64Array) -> MeasurementColumns:
    area, x, y = counts[:, 0], counts[:, 1], counts[:, 2]
    x1, y1, x2, y2 = crops.boxes_xyxy.astype(np.int64).T
    return {
        'centroid_x': x1 + x / area,
        'centroid_y': y1 + y / area,
        'bbox_x1': x1,
        'bbox_y1': y1,
        'bbox_x2': x2,
        'bbox_y2': y2,
        'area': area,
        'perimeter': perimeters(counts),
        'solidity': area / counts[:, 9],
        'extent': area / ((x2 - x1) * (y2 - y1)),
        'equivalent_diameter': np.sqrt(4 * area / np.pi),
        **_ellipses(counts),
    }


def _ellipses(counts: I64Array) -> MeasurementColumns:
    """Axes and direction of the ellipse with the same second moments."""
    across, down, both = moments(counts)
    long, flat = axes_of(across, down, both)
    round_ones = np.where(both > 0, np.pi / 4, -np.pi / 4)
    turned = np.arctan2(2 * both, down - across) / 2
    return {
        'major_axis_length': 4 * np.sqrt(long) / counts[:, 0],
        'minor_axis_length': 4 * np.sqrt(flat) / counts[:, 0],
        'eccentricity': np.sqrt((1 - flat / np.where(long > 0, long, 1)) * (long > 0)),
        'orientation': np.where(across == down, round_ones, turned),
    }


def colors(crops: Crops, image: Image) -> MeasurementColumns:
    """Measure the mean colour and the mean amount of each stain.

    Args:
        crops: N masks, each with pixels.
        image: RGB image, as an array of shape (H, W, 3) or one that is read by boxes.

    Returns:
        ``mean_red``, ``mean_green``, ``mean_blue`` from 0 to 255, and ``mean_hematoxylin``,
        ``mean_eosin``, ``mean_residual`` as scikit-image's ``rgb2hed`` separates them; the
        residual is its third, DAB, which in tissue stained with the other two is what they do not
        explain.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> image = np.full((1, 1, 3), (100, 40, 120), np.uint8)
        >>> found = colors(from_bitmaps(np.ones((1, 1, 1), np.uint8)), image)
        >>> {name: round(found[name].item(), 3) for name in ('mean_red', 'mean_eosin')}
        {'mean_red': 100.0, 'mean_eosin': 0.058}
    """
    means = np.zeros((len(crops), 6))
    pixels = pixels_under(crops, image)
    _mean_colors(crops.buffer, crops.offsets, pixels, _ABSORBANCE, _STAINS_OF_ABSORBANCE, means)
    names = ('red', 'green', 'blue', 'hematoxylin', 'eosin', 'residual')
    return {f'mean_{name}': means[:, i] for i, name in enumerate(names)}


@kernel(types.void(U8, I64, _U8_2, _F64, _F64_2, _OUT_F64))
def _mean_colors(
    buffer: U8Array,
    offsets: I64Array,
    pixels: U8Array,
    absorbance: F64Array,
    stains: F64Array,
    means: F64Array,
) -> None:
    for i in range(len(means)):
        many = 0
        for at in range(offsets[i], offsets[i + 1]):
            if buffer[at] == 0:
                continue
            many += 1
            for k in range(3):
                means[i, k] += pixels[at, k]
                amount = 0.0
                for channel in range(3):
                    amount += absorbance[pixels[at, channel]] * stains[channel, k]
                means[i, 3 + k] += max(amount, 0.0)
        for k in range(6):
            means[i, k] /= max(many, 1)
