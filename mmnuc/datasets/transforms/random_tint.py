"""Fluorescence as programs show it: each dye in a colour of its own."""

import colorsys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.image_change import ImageChange, check_range, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomTint(ImageChange):
    """Show a grey image in a colour drawn at random; leave one in colours as it is.

    On a dark ground black stays and white becomes the colour, as a fluorescent dye. On a bright
    ground, where more than half of the pixels are above 127, white stays and black becomes the
    colour, as a dye that absorbs. Changes ``img`` alone.

    Args:
        prob: Probability to tint.
        saturation: Range of the colour's saturation; 0 is white on a dark ground.
        value: Range of the colour's brightness.
        tolerance: How far apart the channels of a grey pixel may be, in grey values.

    Raises:
        ValueError: A range falls or leaves 0 to 1, the tolerance is negative, or the probability
            is not from 0 to 1.

    Example:
        >>> img = np.zeros((4, 4, 3), np.uint8)
        >>> img[0, 0] = 200
        >>> np.random.seed(0)
        >>> tint = RandomTint(prob=1, saturation=(1, 1), value=(1, 1))
        >>> tint({'img': img})['img'][0, :2].tolist()
        [[58, 0, 200], [0, 0, 0]]
    """

    def __init__(
        self,
        prob: float = 0.2,
        saturation: tuple[float, float] = (0.5, 1.0),
        value: tuple[float, float] = (0.7, 1.0),
        tolerance: int = 4,
    ) -> None:
        super().__init__(prob)
        if tolerance < 0:
            raise ValueError(f'tolerance must be 0 or more grey values, not {tolerance}')
        self.saturation = check_range('saturation', saturation, 0, 1)
        self.value = check_range('value', value, 0, 1)
        self.tolerance = tolerance

    def _sample(self) -> tuple[float, float, float]:
        return uniform((0, 1)), uniform(self.saturation), uniform(self.value)

    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        if not _is_grey(img, self.tolerance):
            return img
        colour = np.array(colorsys.hsv_to_rgb(*drawn))
        grey = np.arange(256)[:, None]
        if 2 * np.count_nonzero(img[..., 1] > 127) > img[..., 1].size:
            table = 255 * colour + (1 - colour) * grey
        else:
            table = colour * grey
        return cv2.LUT(img, np.rint(table).astype(np.uint8)[None])


def _is_grey(img: NDArray[np.uint8], tolerance: int) -> bool:
    # The corner tells most images in colours apart from grey ones at no cost.
    return all(
        cv2.absdiff(part[..., i], part[..., 1]).max(initial=0) <= tolerance
        for part in (img[:16, :16], img)
        for i in (0, 2)
    )
