"""Stain images stronger or weaker, as other laboratories do."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from numpy.typing import NDArray

from mmnuc.datasets.transforms.channel_order import check_channel_order, swap
from mmnuc.ops.stain.hed import jitter_hed
from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class HEDJitter(BaseTransform):
    """Change the amounts of hematoxylin, eosin and the rest, each by itself, at random.

    An amount ``s`` becomes ``a * s + b``, with ``a`` from ``1 - factor`` to ``1 + factor`` and
    ``b`` from ``-offset`` to ``offset``, drawn for each stain (Tellez et al. 2018). A blank image
    stays as it is. Changes ``img`` alone.

    Args:
        factor: 0.05 is light, 0.2 is strong.
        offset: In optical density, natural logarithms: 0.05 is light, 0.2 is strong.
        prob: Probability to change the image.
        channel_order: How ``img`` holds its colours: ``'bgr'``, as mmdet loads them, or ``'rgb'``.

    Raises:
        ValueError: A range is negative, the factor above 1, or the probability not from 0 to 1.
    """

    def __init__(
        self,
        factor: float = 0.05,
        offset: float = 0.05,
        prob: float = 1.0,
        channel_order: str = 'bgr',
    ) -> None:
        if not (0 <= factor <= 1 and offset >= 0 and 0 <= prob <= 1):
            raise ValueError(
                'factor and prob must be from 0 to 1 and offset 0 or more, '
                f'not factor={factor}, offset={offset}, prob={prob}'
            )
        self.factor, self.offset, self.prob = factor, offset, prob
        self.channel_order = check_channel_order(channel_order)

    @cache_randomness
    def _draw(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        if np.random.random() >= self.prob:  # noqa: NPY002 - mmdet's seed
            return None
        ranges = np.array([[self.factor], [self.offset]])
        factors, offsets = np.random.uniform(-ranges, ranges, (2, 3))  # noqa: NPY002
        return 1 + factors, offsets

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``img``, or do nothing."""
        drawn = self._draw()
        if drawn is not None:
            rgb = swap(results['img'], self.channel_order)
            results['img'] = swap(jitter_hed(rgb, *drawn), self.channel_order)
        return results
