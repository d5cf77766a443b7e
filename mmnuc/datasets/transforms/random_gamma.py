"""Brighten or darken the middle of the grey values, as cameras differ in their response."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_pixels import RandomPixels, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomGamma(RandomPixels):
    """Raise the grey values, as fractions of 255, to a random power. Changes ``img`` alone.

    Black and white stay. As many images become brighter as darker: the logarithm of the power is
    uniform.

    Args:
        gamma: Smallest and largest power; below 1 is brighter.
        prob: Probability to change the image.

    Raises:
        ValueError: A range is empty or not above 0, or the probability not from 0 to 1.
    """

    def __init__(self, gamma: tuple[float, float] = (0.6, 1.6), prob: float = 0.3) -> None:
        super().__init__(prob)
        check_range('gamma', gamma, 0.01, 100)
        self.gamma = gamma

    def draw(self) -> float:
        """Draw the power."""
        low, high = np.log(self.gamma)
        return float(np.exp(uniform((low, high))))

    def change(self, img: NDArray[np.uint8], drawn: float) -> NDArray[np.uint8]:
        """Look each value up."""
        table = np.rint((np.arange(256) / 255) ** drawn * 255).astype(np.uint8)
        return np.asarray(cv2.LUT(img, table), np.uint8)
