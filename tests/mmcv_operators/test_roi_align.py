"""RoIAlign: the average against torchvision's public function, the maximum against a loop."""

import math

import pytest
import torch
import torchvision
from mmcv.ops import RoIAlign, roi_align
from torch import Tensor

GEOMETRIES = [
    pytest.param(7, 1.0, 2, id='mask-rcnn'),
    pytest.param((3, 5), 0.25, 0, id='a sample every pixel'),
    pytest.param((2, 1), 0.5, 3, id='oblong'),
]


def features_and_rois(dtype: torch.dtype = torch.float32, n: int = 12) -> tuple[Tensor, Tensor]:
    """Two maps and regions that lie in them, across their edge, outside, and without extent."""
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(2, 3, 17, 13, generator=generator, dtype=dtype)
    corner = torch.rand(n, 2, generator=generator, dtype=dtype) * 50 - 8
    size = torch.rand(n, 2, generator=generator, dtype=dtype) * 40
    size[0] = 0
    corner[1] = 200
    image = torch.arange(n, dtype=dtype)[:, None] % 2
    return features, torch.cat([image, corner, corner + size], 1)


def bilinear(plane: Tensor, y: float, x: float) -> float:
    """The value of a map between its pixels; zero from one pixel outside on."""
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = min(int(y), height - 1), min(int(x), width - 1)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = y - top, x - left
    upper = plane[top, left] * (1 - dx) + plane[top, right] * dx
    lower = plane[bottom, left] * (1 - dx) + plane[bottom, right] * dx
    return float(upper * (1 - dy) + lower * dy)


def plain_max(
    features: Tensor, roi: Tensor, size: tuple[int, int], scale: float, ratio: int, aligned: bool
) -> Tensor:
    """Maximum of each bin's samples."""
    image, x1, y1, x2, y2 = roi.tolist()
    shift = 0.5 if aligned else 0
    least = 0 if aligned else 1
    y, x = y1 * scale - shift, x1 * scale - shift
    step_y = max((y2 - y1) * scale, least) / size[0]
    step_x = max((x2 - x1) * scale, least) / size[1]
    rows, columns = (ratio or max(math.ceil(step), 1) for step in (step_y, step_x))
    result = torch.empty(features.shape[1], *size, dtype=features.dtype)
    for c, i, j in torch.cartesian_prod(*map(torch.arange, result.shape)).tolist():
        result[c, i, j] = max(
            bilinear(
                features[int(image), c],
                y + (i + (row + 0.5) / rows) * step_y,
                x + (j + (column + 0.5) / columns) * step_x,
            )
            for row in range(rows)
            for column in range(columns)
        )
    return result


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize(('size', 'scale', 'ratio'), GEOMETRIES)
def test_average_equals_torchvision(
    size: int | tuple[int, int], scale: float, ratio: int, aligned: bool
) -> None:
    features, rois = features_and_rois()
    ours, theirs = (features.clone().requires_grad_() for _ in range(2))
    result = roi_align(ours, rois, size, scale, ratio, 'avg', aligned)
    expected = torchvision.ops.roi_align(theirs, rois, size, scale, ratio, aligned)
    weights = torch.rand_like(result)
    (result * weights).sum().backward()
    (expected * weights).sum().backward()
    assert torch.equal(result, expected)
    assert torch.equal(ours.grad, theirs.grad)
    assert ours.grad.any()


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize(('size', 'scale', 'ratio'), GEOMETRIES[1:])
def test_maximum_equals_the_loop(
    size: tuple[int, int], scale: float, ratio: int, aligned: bool
) -> None:
    features, rois = features_and_rois(torch.float64, n=8)
    result = roi_align(features, rois, size, scale, ratio, 'max', aligned)
    expected = [plain_max(features, roi, size, scale, ratio, aligned) for roi in rois]
    torch.testing.assert_close(result, torch.stack(expected))


@pytest.mark.parametrize('mode', ['avg', 'max'])
@pytest.mark.parametrize('ratio', [0, 2])
def test_gradient(mode: str, ratio: int) -> None:
    features, rois = features_and_rois(torch.float64, n=5)
    features = features[:, :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: roi_align(x, rois, (2, 3), 0.3, ratio, mode, True), [features], fast_mode=True
    )


@pytest.mark.parametrize('mode', ['avg', 'max'])
def test_no_regions(mode: str) -> None:
    features = torch.rand(1, 3, 8, 8, requires_grad=True)
    result = roi_align(features, torch.zeros(0, 5), 7, 1.0, 0, mode, True)
    assert result.shape == (0, 3, 7, 7)
    result.sum().backward()
    assert not features.grad.any()


def test_half_precision_features_with_single_precision_regions() -> None:
    features, rois = features_and_rois()
    result = RoIAlign(7, sampling_ratio=2)(features.bfloat16(), rois)
    expected = torchvision.ops.roi_align(
        features.bfloat16().float(), rois.bfloat16().float(), 7, 1.0, 2, True
    )
    assert result.dtype == torch.bfloat16
    torch.testing.assert_close(result, expected.bfloat16())


@pytest.mark.parametrize('mode', ['avg', 'max'])
def test_several_threads_compute_what_one_does(mode: str) -> None:
    generator = torch.Generator().manual_seed(1)
    features = torch.rand(2, 33, 40, 40, generator=generator, requires_grad=True)
    corners = torch.rand(700, 2, generator=generator) * 100
    rois = torch.cat([torch.arange(700)[:, None] % 2, corners, corners + 40], 1)
    align = RoIAlign((7, 7), 0.25, 2, mode)
    results = []
    for threads in (1, 3):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            aligned = align(features, rois)
            features.grad = None
            (aligned**2).sum().backward()
            with torch.inference_mode():
                assert torch.equal(align(features.detach(), rois), aligned)
        finally:
            torch.set_num_threads(before)
        results.append((aligned.detach(), features.grad))
    assert results[0][0].numel() >= 1_000_000
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])
