"""RoIPool against a loop over the bins."""

import math

import pytest
import torch
from mmcv.ops import roi_pool
from torch import Tensor


def features_and_rois(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(2, 3, 11, 9, generator=generator, dtype=dtype) - 0.5
    rois = [
        [0, 0, 0, 17, 21],
        [1, 3.3, 4.1, 12.7, 9.9],
        [1, -9, -5, 4, 3],
        [0, 5, 5, 5, 5],
        [0, 100, 100, 120, 120],
        [1, 9, 9, 2, 2],
    ]
    return features, torch.tensor(rois, dtype=dtype)


def plain(features: Tensor, roi: Tensor, size: tuple[int, int], scale: float) -> Tensor:
    image, x1, y1, x2, y2 = roi.tolist()
    top, left, bottom, right = y1 * scale, x1 * scale, (y2 + 1) * scale, (x2 + 1) * scale
    result = torch.zeros(features.shape[1], *size, dtype=features.dtype)
    if bottom <= top or right <= left:
        return result
    for i in range(size[0]):
        for j in range(size[1]):
            y = (top + i * (bottom - top) / size[0], top + (i + 1) * (bottom - top) / size[0])
            x = (left + j * (right - left) / size[1], left + (j + 1) * (right - left) / size[1])
            rows = slice(max(math.floor(y[0]), 0), max(math.ceil(y[1]), 0))
            columns = slice(max(math.floor(x[0]), 0), max(math.ceil(x[1]), 0))
            inside = features[int(image), :, rows, columns]
            if inside.numel():
                result[:, i, j] = inside.amax((1, 2))
    return result


@pytest.mark.parametrize('scale', [1.0, 0.5, 0.3])
@pytest.mark.parametrize('size', [(2, 2), (3, 5)])
def test_equals_the_loop(scale: float, size: tuple[int, int]) -> None:
    features, rois = features_and_rois(torch.float64)
    expected = torch.stack([plain(features, roi, size, scale) for roi in rois])
    assert torch.equal(roi_pool(features, rois, size, scale), expected)


def test_gradient() -> None:
    features, rois = features_and_rois(torch.float64)
    features.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: roi_pool(x, rois, (2, 3), 0.5), [features], fast_mode=True
    )
