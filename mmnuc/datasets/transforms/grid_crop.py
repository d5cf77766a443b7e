"""Train on the parts of an image that is too large for the GPU."""

import math

import numpy as np
from mmdet.datasets.transforms import RandomCrop

from mmnuc.registry import TRANSFORMS


@TRANSFORMS.register_module(name=['GridCrop', 'CropGridPart'])
class GridCrop(RandomCrop):
    """Keep one part, drawn at random, of an image cut into a grid of equal parts.

    Where a side can't be divided evenly, neighbouring parts share a pixel. Repeat the data set
    ``parts`` times and an epoch shows as many parts as there are.

    Args:
        parts: How many parts an image has: 4, 9, 16 ...

    Raises:
        ValueError: ``parts`` is no square number of at least 4.
    """

    def __init__(self, parts: int = 4) -> None:
        self.per_side = math.isqrt(parts)
        if self.per_side < 2 or self.per_side**2 != parts:
            raise ValueError(f'parts must be 4, 9, 16 ..., not {parts}')
        super().__init__((1, 1), 'relative', allow_negative_crop=True, recompute_bbox=True)

    def _get_crop_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        height, width = image_size
        return -(-height // self.per_side), -(-width // self.per_side)

    def _rand_offset(self, margin: tuple[int, int]) -> tuple[int, int]:
        row, column = np.random.randint(self.per_side, size=2)  # noqa: NPY002 - mmdet's seed
        last = self.per_side - 1
        return margin[0] * row // last, margin[1] * column // last
