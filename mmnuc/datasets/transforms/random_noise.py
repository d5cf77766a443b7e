"""Add the noise of a camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_pixels import RandomPixels, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomNoise(RandomPixels):
    """Add Gaussian noise of random strength. Changes ``img`` alone.

    Where the channels of the image are equal, as in fluorescence, they stay so; elsewhere each
    has noise of its own.

    Args:
        sigma: Smallest and largest standard deviation, in grey values of 255.
        prob: Probability to change the image.

    Raises:
        ValueError: A range is empty or negative, or the probability not from 0 to 1.
    """

    def __init__(self, sigma: tuple[float, float] = (2, 15), prob: float = 0.2) -> None:
        super().__init__(prob)
        check_range('sigma', sigma, 0, 255)
        self.sigma = sigma

    def draw(self) -> tuple[float, int]:
        """Draw the standard deviation and the seed of the noise."""
        return uniform(self.sigma), int(np.random.randint(2**31))  # noqa: NPY002

    def change(self, img: NDArray[np.uint8], drawn: tuple[float, int]) -> NDArray[np.uint8]:
        """Add the noise."""
        sigma, seed = drawn
        shape = img.shape[:2] if is_grey(img) else img.shape
        noise = np.random.default_rng(seed).standard_normal(shape, np.float32) * sigma
        if noise.ndim == 2:
            noise = cv2.merge([noise] * img.shape[2])
        return np.asarray(cv2.add(img, noise, dtype=cv2.CV_8U), np.uint8)


def is_grey(img: NDArray[np.uint8]) -> bool:
    """Whether the channels of an image (H, W, 3) are equal.

    Example:
        >>> is_grey(np.full((2, 2, 3), 9, np.uint8))
        True
    """
    first, second, third = cv2.split(img)
    return bool(np.array_equal(first, second) and np.array_equal(second, third))
