"""Blur images, as an objective that is a little out of focus does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_pixels import RandomPixels, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomBlur(RandomPixels):
    """Blur with a Gaussian of random width. Changes ``img`` alone.

    Args:
        sigma: Smallest and largest standard deviation, in pixels.
        prob: Probability to change the image.

    Raises:
        ValueError: A range is empty or negative, or the probability not from 0 to 1.
    """

    def __init__(self, sigma: tuple[float, float] = (0.3, 2.0), prob: float = 0.2) -> None:
        super().__init__(prob)
        check_range('sigma', sigma, 0, 100)
        self.sigma = sigma

    def draw(self) -> float:
        """Draw the standard deviation."""
        return uniform(self.sigma)

    def change(self, img: NDArray[np.uint8], drawn: float) -> NDArray[np.uint8]:
        """Blur the image."""
        return blur(img, drawn)


def blur(img: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Blur an image (H, W, C) with a Gaussian; with 0 it stays as it is.

    Example:
        >>> blur(np.full((4, 4, 3), 7, np.uint8), 2.0).max()
        np.uint8(7)
    """
    if sigma <= 0:
        return img
    return np.asarray(cv2.GaussianBlur(img, (0, 0), sigma), np.uint8).reshape(img.shape)
