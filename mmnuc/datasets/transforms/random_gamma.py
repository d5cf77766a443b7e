"""Cameras and programs that show middle tones brighter or darker."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomGamma(ImageChange):
    """Raise all values, as shares of 255, to a power drawn at random. Changes ``img`` alone.

    Args:
        gamma: Range of the power; below 1 is brighter. Its logarithm is drawn evenly, so that
            half and double are equally frequent.
        prob: Probability to change the image.

    Raises:
        ValueError: A power isn't from 0.01 to 100, the range falls, or the probability is not
            from 0 to 1.

    Example:
        >>> img = np.full((1, 1, 3), 64, np.uint8)
        >>> RandomGamma(gamma=(0.5, 0.5), prob=1)({'img': img})['img'].tolist()
        [[[128, 128, 128]]]
    """

    def __init__(self, gamma: tuple[float, float] = (0.6, 1.6), prob: float = 0.3) -> None:
        super().__init__(prob)
        self.gamma = check_range('gamma', gamma, 0.01, 100)

    def _sample(self) -> tuple[float]:
        low, high = np.log(self.gamma)
        return (float(np.exp(uniform((low, high)))),)

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        (gamma,) = drawn
        table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
        return cv2.LUT(img, table)
