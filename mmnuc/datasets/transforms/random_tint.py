"""Colour grey images, as viewers colour the channels of fluorescence."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from mmnuc.datasets.transforms.random_noise import is_grey
from mmnuc.datasets.transforms.random_pixels import RandomPixels, uniform
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomTint(RandomPixels):
    """Show a grey image from black to a random colour. Changes ``img`` alone.

    Images whose channels differ stay as they are.

    Args:
        prob: Probability to change the image.

    Raises:
        ValueError: It is not from 0 to 1.
    """

    def __init__(self, prob: float = 0.2) -> None:
        super().__init__(prob)

    def draw(self) -> NDArray[np.float32]:
        """Draw the colour: any hue, more or less saturated, never dark."""
        colour = colorsys.hsv_to_rgb(uniform((0, 1)), uniform((0.3, 1)), uniform((0.7, 1)))
        return np.array(colour, np.float32)

    def change(self, img: NDArray[np.uint8], drawn: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Multiply the image with the colour."""
        if not is_grey(img):
            return img
        tables = np.rint(np.arange(256)[:, None] * drawn).astype(np.uint8)
        return tables[img[..., 0]]
