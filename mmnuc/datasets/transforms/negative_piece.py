"""Pieces far out of focus, in which nothing can be found."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from mmnuc.datasets.transforms.random_blur import blur
from mmnuc.datasets.transforms.random_pixels import check_range, uniform
from mmnuc.registry import TRANSFORMS

_KEYS = ('gt_bboxes', 'gt_bboxes_labels', 'gt_masks', 'gt_ignore_flags')


@TRANSFORMS.register_module()
class NegativePiece(BaseTransform):
    """Blur a piece until no nucleus can be told, and drop its nuclei: a negative example.

    Slides have regions far out of focus, where what is outlined is only guessed.

    Args:
        sigma: Smallest and largest standard deviation of the blur, in pixels.
        prob: Probability to make a piece a negative one.

    Raises:
        ValueError: A range is empty or negative, or the probability not from 0 to 1.
    """

    def __init__(self, sigma: tuple[float, float] = (10, 25), prob: float = 0.02) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be from 0 to 1, not {prob}')
        check_range('sigma', sigma, 0, 1000)
        self.sigma, self.prob = sigma, prob

    @cache_randomness
    def _draw(self) -> float | None:
        return uniform(self.sigma) if np.random.random() < self.prob else None  # noqa: NPY002

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Blur ``img`` and drop all instances, or do nothing."""
        sigma = self._draw()
        if sigma is not None:
            results['img'] = blur(results['img'], sigma)
            for key in _KEYS:
                if key in results:
                    results[key] = results[key][np.zeros(len(results[key]), bool)]
        return results
