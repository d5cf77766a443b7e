"""The grain of a camera."""

from math import inf
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomNoise(ImageChange):
    """Add Gaussian noise, at random. Changes ``img`` alone.

    Args:
        sigma: Range of the noise's standard deviation in grey values.
        prob: Probability to add noise.
        per_channel: Probability that each channel has noise of its own. Otherwise one noise is
            added to all three, and grey stays grey.

    Raises:
        ValueError: A sigma is negative, the range falls, or a probability not from 0 to 1.

    Example:
        >>> img = np.full((64, 64, 3), 128, np.uint8)
        >>> grainy = RandomNoise(sigma=(10, 10), prob=1, per_channel=0)({'img': img})['img']
        >>> bool(abs(grainy.std() - 10) < 1), bool((grainy == grainy[..., :1]).all())
        (True, True)
    """

    def __init__(
        self,
        sigma: tuple[float, float] = (2, 15),
        prob: float = 0.15,
        per_channel: float = 0.5,
    ) -> None:
        super().__init__(prob)
        if not 0 <= per_channel <= 1:
            raise ValueError(f'per_channel must be from 0 to 1, not {per_channel}')
        self.sigma = check_range('sigma', sigma, 0, inf)
        self.per_channel = per_channel

    def _sample(self) -> tuple[float, int, bool]:
        own = bool(np.random.random() < self.per_channel)  # noqa: NPY002 - mmdet's seed
        return uniform(self.sigma), noise_seed(), own

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        return add_noise(img, *drawn)


def noise_seed() -> int:
    """Draw what decides the noise of one image."""
    return int(np.random.randint(2**31 - 1))  # noqa: NPY002 - mmdet's seed


def add_noise(
    img: NDArray[np.uint8], sigma: float, seed: int, per_channel: bool
) -> NDArray[np.uint8]:
    """Add Gaussian noise, rounded to whole grey values and cut off at 0 and 255.

    Args:
        img: Of shape (H, W, 3).
        sigma: Standard deviation in grey values.
        seed: The same number gives the same noise.
        per_channel: Noise of its own for each channel, instead of one for all.

    Returns:
        A new image of the same shape.
    """
    # OpenCV's normal numbers take a third of the time of numpy's.
    cv2.setRNGSeed(seed)
    height, width = img.shape[:2]
    # One channel as wide as three: of a number, OpenCV gives only the first channel its spread.
    noise = np.empty((height, width * 3 if per_channel else width), np.int16)
    cv2.randn(noise, np.zeros(1), np.full(1, sigma))
    spread = noise.reshape(img.shape) if per_channel else cv2.merge([noise] * 3)
    return np.asarray(cv2.add(img, spread, dtype=cv2.CV_8U), np.uint8)
