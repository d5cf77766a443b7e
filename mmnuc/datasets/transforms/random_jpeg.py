"""The blocks and smeared colours of images that were kept as JPEG."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomJPEG(ImageChange):
    """Write the image as JPEG and read it back, at random. Changes ``img`` alone.

    Args:
        quality: Range of JPEG's quality, whole numbers, both ends included.
        prob: Probability to do so.

    Raises:
        ValueError: A quality is no whole number from 1 to 100, the range falls, or the
            probability is not from 0 to 1.

    Example:
        >>> img = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
        >>> bool((RandomJPEG(prob=1)({'img': img})['img'] != img).any())
        True
    """

    def __init__(self, quality: tuple[int, int] = (30, 90), prob: float = 0.2) -> None:
        super().__init__(prob)
        self.quality = check_range('quality', quality, 1, 100)
        if any(end != int(end) for end in quality):
            raise ValueError(f'quality must be whole numbers, not {quality}')

    def _sample(self) -> tuple[int]:
        low, high = self.quality
        return (int(np.random.randint(low, high + 1)),)  # noqa: NPY002 - mmdet's seed

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        (quality,) = drawn
        _, encoded = cv2.imencode('.jpg', img, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
