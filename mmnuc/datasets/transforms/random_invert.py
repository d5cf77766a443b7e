"""Bright nuclei on black become dark ones on white, and the other way round."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomInvert(ImageChange):
    """Turn the image into its negative, at random. Changes ``img`` alone.

    Args:
        prob: Probability to invert.

    Raises:
        ValueError: The probability isn't from 0 to 1.

    Example:
        >>> RandomInvert(prob=1)({'img': np.full((1, 1, 3), 250, np.uint8)})['img'].tolist()
        [[[5, 5, 5]]]
    """

    def __init__(self, prob: float = 0.2) -> None:
        super().__init__(prob)

    def _change(self, img: NDArray[np.uint8], *_: Any) -> NDArray[Any]:
        return 255 - img
