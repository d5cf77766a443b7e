"""An image in memory that is RGB of 8 bits already."""

from __future__ import annotations

from dataclasses import dataclass

from mmnuc.images.color import Rgb
from mmnuc.images.pixel_size import PixelSize


@dataclass(frozen=True)
class Picture:
    """An image in memory.

    Args:
        rgb: ``uint8`` of shape (H, W, 3).
        pixel_size: Micrometres a pixel, where they are known.

    Example:
        >>> import numpy as np
        >>> Picture(np.zeros((4, 5, 3), np.uint8)).read(1, 1, 3, 4).shape
        (3, 2, 3)
    """

    rgb: Rgb
    pixel_size: PixelSize | None = None

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgb.shape[1])

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Return a box inside the image, of shape (y2 - y1, x2 - x1, 3)."""
        return self.rgb[y1:y2, x1:x2]
