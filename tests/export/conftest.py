"""Nuclei that the exports are tested with."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import Nuclei


def blobs(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Masks (N, H, W) that overlap, with holes and several parts.

    The first is empty, the second a rectangle.
    """
    rng = np.random.default_rng(seed)
    noise = rng.random((count, height, width))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2))
    top = np.quantile(smooth, 0.85, axis=(1, 2), keepdims=True)
    masks = (smooth > top).astype(np.uint8)
    masks[0] = 0
    masks[1] = 0
    masks[1, height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] = 1
    return masks


@pytest.fixture
def make() -> Callable[..., tuple[Nuclei, np.ndarray]]:
    """Make nuclei of two classes, and their masks (N, H, W)."""

    def nuclei(count: int = 12, size_hw: tuple[int, int] = (40, 60), **rest: object) -> tuple:
        masks = blobs(count, *size_hw)
        scores = np.linspace(0.3, 0.9, count).astype(np.float32)
        labels = np.arange(count) % 2
        names = ('nucleus', 'not, quite')
        return Nuclei(from_bitmaps(masks), scores, labels, names, **rest), masks

    return nuclei


@pytest.fixture
def image() -> np.ndarray:
    """An RGB image (40, 60, 3) of the nuclei's size."""
    return np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
