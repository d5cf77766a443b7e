"""An image seen at another scale."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from mmnuc.images.convert import Rgb
from mmnuc.images.open import OpenImage


class ScaledImage:
    """An image enlarged or shrunk, read box by box on one grid.

    Args:
        image: The image.
        factor_x: How many times wider it is seen.
        factor_y: How many times higher.
    """

    def __init__(self, image: OpenImage, factor_x: float, factor_y: float) -> None:
        self.image = image
        self.height = max(1, round(image.height * factor_y))
        self.width = max(1, round(image.width * factor_x))

    def read(self, x1: int, y1: int, x2: int, y2: int) -> Rgb:
        """Return a box inside the scaled image, of shape (y2 - y1, x2 - x1, 3)."""
        fx, fy = self.width / self.image.width, self.height / self.image.height
        pad = 4
        left, top = max(0, int(x1 / fx) - pad), max(0, int(y1 / fy) - pad)
        right = min(self.image.width, int(np.ceil(x2 / fx)) + pad)
        bottom = min(self.image.height, int(np.ceil(y2 / fy)) + pad)
        part = self.image.read(left, top, right, bottom)
        columns = _weights(np.arange(x1, x2), fx, left, right)
        rows = _weights(np.arange(y1, y2), fy, top, bottom)
        if fx > 1 or fy > 1:
            across = ((np.arange(x1, x2) + 0.5) / fx - 0.5 - left).astype(np.float32)
            down = ((np.arange(y1, y2) + 0.5) / fy - 0.5 - top).astype(np.float32)
            grid_x, grid_y = np.meshgrid(across, down)
            return cv2.remap(
                part, grid_x, grid_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            ).astype(np.uint8)
        seen = np.einsum('yv,vxc->yxc', rows, part.astype(np.float64))
        return np.einsum('xu,yuc->yxc', columns, seen).round().clip(0, 255).astype(np.uint8)


def _weights(at: Any, factor: float, start: int, stop: int) -> Any:
    step = 1 / factor
    old = np.arange(start, stop)
    low, high = (at * step)[:, None], ((at + 1) * step)[:, None]
    shared = (np.minimum(high, old + 1) - np.maximum(low, old)).clip(0)
    return shared / shared.sum(axis=1, keepdims=True).clip(1e-9)
