"""Optics a little out of focus."""

from math import inf
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomBlur(ImageChange):
    """Blur the image with a Gaussian, at random. Changes ``img`` alone.

    Args:
        sigma: Range of the Gaussian's standard deviation in pixels.
        prob: Probability to blur.

    Raises:
        ValueError: A sigma is negative, the range falls, or the probability not from 0 to 1.

    Example:
        >>> img = np.zeros((9, 9, 3), np.uint8)
        >>> img[4, 4] = 255
        >>> blurred = RandomBlur(sigma=(1, 1), prob=1)({'img': img})['img'][4, :, 0]
        >>> bool((blurred[:4] <= blurred[1:5]).all()), bool(abs(blurred[4] - 255 / 6.28) < 2)
        (True, True)
    """

    def __init__(self, sigma: tuple[float, float] = (0.3, 2.0), prob: float = 0.15) -> None:
        super().__init__(prob)
        self.sigma = check_range('sigma', sigma, 0, inf)

    def _sample(self) -> tuple[float]:
        return (uniform(self.sigma),)

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        (sigma,) = drawn
        # OpenCV takes a sigma of 0 for one that it shall choose itself.
        return cv2.GaussianBlur(img, (0, 0), sigma) if sigma > 0 else img
