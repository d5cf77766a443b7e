"""A picture for every reader."""

import numpy as np
import pytest


@pytest.fixture
def rgb() -> np.ndarray:
    """An image that compresses without great loss, of odd size."""
    y, x = np.mgrid[:93, :131]
    return np.stack([y * 2, x, 255 - y - x // 2], axis=2).astype(np.uint8)
