"""Regions by the thousand, some at a time: their features stay in the processor's cache."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

# Regions at once on a CPU: their features are about 10 MB, which memory is reused for. An
# accelerator likes more.
BOX_CHUNK_SIZE = 512
MASK_CHUNK_SIZE = 64
_MORE_ON_ACCELERATORS = 16


def chunked(
    forward: Callable[..., dict[str, Tensor]], most: int, keys: Sequence[str], *regions: Tensor
) -> dict[str, Tensor]:
    """Do with regions what a head does, some at a time.

    Args:
        forward: What it does with some of them: name → tensor of n rows.
        most: How many at a time on a CPU.
        keys: Which of the results to keep.
        regions: The regions, of shape (N, 5), or what else has a row of each.

    Returns:
        Name → tensor of N rows.

    Example:
        >>> areas = lambda rois: {'area': (rois[:, 3] - rois[:, 1]) * (rois[:, 4] - rois[:, 2])}
        >>> chunked(areas, 2, ['area'], torch.arange(15.0).reshape(3, 5))
        {'area': tensor([4., 4., 4.])}
    """
    if regions[0].device.type != 'cpu':
        most *= _MORE_ON_ACCELERATORS
    split = (each.split(most) for each in regions)
    parts = [forward(*part) for part in zip(*split, strict=True)]
    return {key: torch.cat([part[key] for part in parts]) for key in keys}
