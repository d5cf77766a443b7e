"""Compress images as JPEG, as most slide scanners do."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_pixels import RandomPixels, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomJPEG(RandomPixels):
    """Compress as JPEG of random quality and read it again. Changes ``img`` alone.

    Args:
        quality: Lowest and highest quality, from 1 to 100.
        prob: Probability to change the image.

    Raises:
        ValueError: A range is empty or leaves 1 to 100, or the probability not from 0 to 1.
    """

    def __init__(self, quality: tuple[float, float] = (30, 90), prob: float = 0.2) -> None:
        super().__init__(prob)
        check_range('quality', quality, 1, 100)
        self.quality = quality

    def draw(self) -> int:
        """Draw the quality."""
        return round(uniform(self.quality))

    def change(self, img: NDArray[np.uint8], drawn: int) -> NDArray[np.uint8]:
        """Compress the image and read it again."""
        _, data = cv2.imencode('.jpg', img, [cv2.IMWRITE_JPEG_QUALITY, drawn])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
