"""Random fields that synthetic tissue is made of: smooth, fractal and fibrous noise."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def smooth_noise(rng: np.random.Generator, size_hw: tuple[int, int], scale: float) -> Field:
    """Draw noise without detail finer than a length.

    Args:
        rng: Source of randomness.
        size_hw: Height and width of the field in pixels.
        scale: Length of one wave in pixels, roughly; 1 gives white noise.

    Returns:
        Field of shape (H, W) with mean 0 and standard deviation 1.

    Example:
        >>> field = smooth_noise(np.random.default_rng(0), (64, 64), 16)
        >>> bool(np.abs(np.diff(field, axis=1)).max() < 0.5)
        True
    """
    return stretched_noise(rng, size_hw, (scale, scale))


def stretched_noise(
    rng: np.random.Generator, size_hw: tuple[int, int], scale_yx: tuple[float, float]
) -> Field:
    """Draw smooth noise with a wave length of its own for each axis.

    Args:
        rng: Source of randomness.
        size_hw: Height and width of the field in pixels.
        scale_yx: Wave length down and across, in pixels.

    Returns:
        Field of shape (H, W) with mean 0 and standard deviation 1.

    Example:
        >>> stretched_noise(np.random.default_rng(0), (8, 24), (1, 6)).shape
        (8, 24)
    """
    (height, width), (scale_y, scale_x) = size_hw, scale_yx
    # Two grid cells a wave and a blur of one cell hide the grid that plain interpolation shows.
    cell_y, cell_x = max(scale_y / 2, 1.0), max(scale_x / 2, 1.0)
    shape = (math.ceil(height / cell_y) + 8, math.ceil(width / cell_x) + 8)
    grid = rng.standard_normal(shape, dtype=np.float32)
    sigma_y, sigma_x = float(scale_y > 1) or 0.01, float(scale_x > 1) or 0.01
    smooth = cv2.GaussianBlur(grid, (0, 0), sigmaX=sigma_x, sigmaY=sigma_y)
    full_wh = (round(shape[1] * cell_x), round(shape[0] * cell_y))
    full = cv2.resize(smooth, full_wh, interpolation=cv2.INTER_CUBIC)
    top, left = round(4 * cell_y), round(4 * cell_x)
    return _standardised(full[top : top + height, left : left + width])


def fractal_noise(
    rng: np.random.Generator, size_hw: tuple[int, int], scale: float, octaves: int = 3
) -> Field:
    """Draw noise with detail at several lengths, each half as long and about half as strong.

    Args:
        rng: Source of randomness.
        size_hw: Height and width of the field in pixels.
        scale: Length of the longest wave in pixels.
        octaves: Number of lengths.

    Returns:
        Field of shape (H, W) with mean 0 and standard deviation 1.

    Example:
        >>> field = fractal_noise(np.random.default_rng(0), (32, 32), 16)
        >>> round(float(field.std()), 3)
        1.0
    """
    total = np.zeros(size_hw, np.float32)
    for octave in range(octaves):
        total += np.float32(0.55**octave) * smooth_noise(rng, size_hw, scale / 2**octave)
    return _standardised(total)


def fibres(
    rng: np.random.Generator, across: Field, along: Field, width: float, length: float
) -> Field:
    """Draw streaks that run along the level lines of a field.

    Args:
        rng: Source of randomness.
        across: (H, W) position across the fibres, in pixels: its level lines are the fibres.
        along: (H, W) position along the fibres, in pixels.
        width: Width of a fibre in pixels.
        length: Length of a fibre in pixels.

    Returns:
        Field of shape (H, W) with mean 0 and standard deviation 1.

    Example:
        >>> rows, columns = np.mgrid[:32, :32].astype(np.float32)
        >>> field = fibres(np.random.default_rng(0), rows, columns, 2, 16)
        >>> bool(np.abs(np.diff(field, axis=1)).mean() < np.abs(np.diff(field, axis=0)).mean())
        True
    """
    top, left = float(across.min()), float(along.min())
    size = (math.ceil(float(across.max()) - top) + 2, math.ceil(float(along.max()) - left) + 2)
    texture = stretched_noise(rng, size, (width, length))
    return _standardised(_sample(texture, across - np.float32(top), along - np.float32(left)))


def ramp(field: Field, low: float, high: float) -> Field:
    """Map a field smoothly to 0 below ``low`` and to 1 above ``high``.

    Args:
        field: Values of any shape.
        low: Last value that gives 0.
        high: First value that gives 1; greater than ``low``.

    Returns:
        Values in [0, 1], of the same shape.

    Example:
        >>> ramp(np.float32([0, 1, 2, 3]), 0, 2).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blurred(field: Field, sigma: float) -> Field:
    """Blur a field with a Gaussian of a standard deviation in pixels.

    Example:
        >>> float(blurred(np.eye(3, dtype=np.float32), 0.5).max()) < 1
        True
    """
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def _sample(texture: Field, rows: Field, columns: Field) -> Field:
    border = cv2.BORDER_REFLECT_101
    sampled = cv2.remap(texture, columns, rows, cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(sampled, np.float32)


def _standardised(field: NDArray[Any]) -> Field:
    spread = float(field.std())
    return np.asarray((field - field.mean()) / (spread if spread > 0 else 1.0), np.float32)
