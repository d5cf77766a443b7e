"""RoIAlign of all channels at once gives torchvision's numbers to the last bit."""

import numpy as np
import pytest
import torch
from torchvision.ops import roi_align

from mmnuc.mmcv_operators import region_kernels

SIZE = (2, 5, 17, 13)


def rois() -> torch.Tensor:
    """Regions inside, across the edge, outside, without extent, and turned inside out."""
    generator = torch.Generator().manual_seed(0)
    corner = torch.rand(40, 2, generator=generator) * 50 - 8
    size = torch.rand(40, 2, generator=generator) * 40
    size[0], size[1], corner[2] = 0, -5, 200
    return torch.cat([torch.arange(40)[:, None] % 2, corner, corner + size], 1)


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('ratio', [0, 1, 2, 3])
@pytest.mark.parametrize(('out', 'scale'), [((7, 7), 1.0), ((3, 5), 0.25), ((1, 2), 0.5)])
def test_both_ways(out: tuple[int, int], scale: float, ratio: int, aligned: bool) -> None:
    maps = torch.randn(SIZE, requires_grad=True)
    expected = roi_align(maps, rois(), out, scale, ratio, aligned)
    how = (np.float32(scale), ratio, aligned)
    last = np.ascontiguousarray(maps.detach().permute(0, 2, 3, 1).numpy())
    ours = np.empty(expected.shape, np.float32)
    region_kernels.align(last, rois().numpy(), *how, ours)
    assert np.array_equal(ours, expected.detach().numpy())

    weights = torch.randn_like(expected)
    expected.backward(weights)
    gradient = np.zeros_like(last)
    for first, stop in ((0, 2), (2, 5)):
        region_kernels.spread(weights.numpy(), rois().numpy(), *how, first, stop, gradient)
    assert np.array_equal(gradient.transpose(0, 3, 1, 2), maps.grad.numpy())


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_a_region_that_is_nowhere_is_empty(bad: float) -> None:
    out = np.ones((1, 1, 2, 2), np.float32)
    regions = np.array([[0, bad, 1, 5, 5]], np.float32)
    region_kernels.align(np.ones((1, 9, 9, 1), np.float32), regions, np.float32(1), 2, True, out)
    assert not out.any()
