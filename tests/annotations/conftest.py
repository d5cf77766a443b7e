"""Masks that overlap, with holes and several parts, and without."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

Masks = np.ndarray


def solid(count: int = 20, size: int = 60, seed: int = 0) -> Masks:
    """Masks (N, H, W) in one part without holes, joined by edges and corners, that overlap."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.random((count, size, size)), (0, 2, 2))
    masks = np.zeros((count, size, size), np.uint8)
    for i, field in enumerate(noise):
        parts, _ = ndimage.label(field > np.quantile(field, 0.9), np.ones((3, 3)))
        largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
        masks[i] = ndimage.binary_fill_holes(largest)
    return masks


def any_masks(count: int = 20, size: int = 60, seed: int = 0) -> Masks:
    """Masks (N, H, W) with holes and several parts."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.random((count, size, size)), (0, 1, 1))
    return (noise > np.quantile(noise, 0.8, axis=(1, 2), keepdims=True)).astype(np.uint8)


@pytest.fixture
def make_solid() -> Callable[..., Masks]:
    """Makes masks in one part."""
    return solid


@pytest.fixture
def make_any() -> Callable[..., Masks]:
    """Makes masks of any kind."""
    return any_masks
