"""What steps that change the picture alone, with a probability, have in common."""

from abc import abstractmethod
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from numpy.typing import NDArray


class ImageChange(BaseTransform):
    """Change ``img``, ``uint8`` of shape (H, W, 3), with a probability.

    A subclass says what it draws and what it does with that. Nothing is written into the image
    that came in.

    Args:
        prob: Probability to change the image.

    Raises:
        ValueError: The probability isn't from 0 to 1.
    """

    def __init__(self, prob: float) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be from 0 to 1, not {prob}')
        self.prob = prob

    # The one random method: mmcv's list of them is shared by all subclasses.
    @cache_randomness
    def _draw(self) -> tuple[Any, ...] | None:
        if np.random.random() >= self.prob:  # noqa: NPY002 - mmdet's seed
            return None
        return self._sample()

    def _sample(self) -> tuple[Any, ...]:
        """Draw the settings of one change."""
        return ()

    @abstractmethod
    def _change(self, img: NDArray[np.uint8], *drawn: Any) -> NDArray[Any]:
        """Return the changed image."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``img``, or do nothing."""
        drawn = self._draw()
        if drawn is not None:
            results['img'] = self._change(checked(results['img']), *drawn)
        return results


def checked(img: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the image if it holds three channels of 8 bits.

    Raises:
        ValueError: It doesn't.
    """
    if img.dtype != np.uint8 or img.ndim != 3 or img.shape[2] != 3:
        seen = f'{img.dtype} of shape {img.shape}'
        raise ValueError(f'img must be uint8 of shape (H, W, 3), not {seen}: load it in colour')
    return img


def check_range(name: str, limits: tuple[float, float], least: float, most: float) -> Any:
    """Return the two limits of a range to draw from.

    Raises:
        ValueError: They aren't two rising numbers from ``least`` to ``most``.
    """
    if len(limits) != 2 or not least <= limits[0] <= limits[1] <= most:
        allowed = f'{least} or more' if most == float('inf') else f'from {least} to {most}'
        raise ValueError(f'{name} must be two rising numbers, {allowed}, not {limits}')
    return tuple(limits)


def uniform(limits: tuple[float, float]) -> float:
    """Draw a number evenly from a range, with numpy's global state as all of mmdet does."""
    return float(np.random.uniform(*limits))  # noqa: NPY002 - mmdet's seed
