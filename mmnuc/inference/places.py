"""A few places of an image with something to see."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.images import OpenImage

# Places are chosen among so many squared.
_CANDIDATES = 6

PlaceBox = tuple[int, int, int, int]


def places_of(image: OpenImage, side: int, most: int) -> list[tuple[int, int]]:
    """Choose middles of places with something to see, spread over the image.

    Args:
        image: The image.
        side: Side of the places, in its pixels.
        most: So many places at most.

    Returns:
        (x, y) of 1 place or more, those of the most detail and far from one another.

    Example:
        >>> from mmnuc.images import Picture
        >>> rgb = np.full((100, 400, 3), 255, np.uint8)
        >>> rgb[20:80:4, 320:380:4] = 0
        >>> places_of(Picture(rgb), 100, 2)
        [(350, 50)]
    """
    xs, ys = _middles(image.width, side), _middles(image.height, side)
    middles = [(x, y) for y in ys for x in xs]
    if len(middles) == 1:
        return middles
    detail = np.array([_detail(image.read(*box_at(image, x, y, side))) for x, y in middles])
    # Glass and background have little; what has half of the most counts as something.
    worthy = np.flatnonzero(detail >= detail.max() / 2)
    points = np.array(middles, np.float64)
    chosen = [int(worthy[detail[worthy].argmax()])]
    while len(chosen) < min(most, len(worthy)):
        far = np.linalg.norm(points[worthy, None] - points[None, chosen], axis=2).min(axis=1)
        chosen.append(int(worthy[far.argmax()]))
    return [middles[i] for i in chosen]


def box_at(image: OpenImage, x: int, y: int, side: int) -> PlaceBox:
    """The square around a place, moved into the image.

    Example:
        >>> from mmnuc.images import Picture
        >>> box_at(Picture(np.zeros((50, 100, 3), np.uint8)), 10, 25, 60)
        (0, 0, 60, 50)
    """
    wide, high = min(side, image.width), min(side, image.height)
    x1 = int(np.clip(x - wide // 2, 0, image.width - wide))
    y1 = int(np.clip(y - high // 2, 0, image.height - high))
    return x1, y1, x1 + wide, y1 + high


def _middles(length: int, side: int) -> list[int]:
    """Middles of a few pieces along an axis, spread evenly."""
    count = int(np.clip(length // max(side, 1), 1, _CANDIDATES))
    return [int((i + 0.5) * length / count) for i in range(count)]


def _detail(rgb: NDArray[np.uint8]) -> float:
    """How much the brightness differs from that around: edges of nuclei, not shades."""
    gray = rgb.mean(axis=2, dtype=np.float32)
    around = cv2.blur(gray, (max(1, gray.shape[1] // 8), max(1, gray.shape[0] // 8)))
    return float((gray - around).std())
