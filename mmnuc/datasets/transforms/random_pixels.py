"""What an augmentation of pixels alone has in common: how likely it is, and a range to draw from."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from numpy.typing import NDArray

# mmdet's seed is that of numpy's global generator.
Drawn = Any


class RandomPixels(BaseTransform):
    """Changes ``img`` (H, W, 3) uint8 with a probability, and nothing else.

    Args:
        prob: Probability to change the image.

    Raises:
        ValueError: It is not from 0 to 1.
    """

    def __init__(self, prob: float) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be from 0 to 1, not {prob}')
        self.prob = prob

    def draw(self) -> Drawn:
        """Draw what is done to an image."""
        raise NotImplementedError

    def change(self, img: NDArray[np.uint8], drawn: Drawn) -> NDArray[np.uint8]:
        """Return the changed image."""
        raise NotImplementedError

    @cache_randomness
    def _draw(self) -> tuple[Drawn] | None:
        return (self.draw(),) if np.random.random() < self.prob else None  # noqa: NPY002

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``img``, or do nothing."""
        drawn = self._draw()
        if drawn is not None:
            results['img'] = self.change(results['img'], *drawn)
        return results


def check_range(name: str, given: tuple[float, float], low: float, high: float) -> None:
    """Refuse a range that is empty or leaves what is possible.

    Raises:
        ValueError: It does.

    Example:
        >>> check_range('quality', (90, 30), 1, 100)
        Traceback (most recent call last):
        ValueError: quality must be two numbers from 1 to 100, the smaller first, not (90, 30)
    """
    if len(given) != 2 or not low <= given[0] <= given[1] <= high:
        raise ValueError(
            f'{name} must be two numbers from {low:g} to {high:g}, the smaller first, not {given}'
        )


def uniform(span: tuple[float, float]) -> float:
    """Draw a number from a range."""
    return float(np.random.uniform(*span))  # noqa: NPY002
