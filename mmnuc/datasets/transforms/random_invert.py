"""Turn dark into bright, as some microscopes show fluorescence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_pixels import RandomPixels
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomInvert(RandomPixels):
    """Subtract the image from 255. Changes ``img`` alone.

    Args:
        prob: Probability to change the image.

    Raises:
        ValueError: It is not from 0 to 1.
    """

    def __init__(self, prob: float = 0.2) -> None:
        super().__init__(prob)

    def draw(self) -> None:
        """There is nothing more to draw."""

    def change(self, img: NDArray[np.uint8], drawn: None) -> NDArray[np.uint8]:  # noqa: ARG002
        """Invert the image."""
        return np.asarray(255 - img, np.uint8)
