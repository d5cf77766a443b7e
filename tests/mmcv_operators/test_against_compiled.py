"""The stand-in operators against mmcv's compiled ones, where those are installed."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmcv.ops import (
    bbox_overlaps,
    deform_conv2d,
    modulated_deform_conv2d,
    nms,
    nms_match,
    roi_align,
    soft_nms,
)
from torch import Tensor

Compiled = Callable[[Callable[[], Any]], Any]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def boxes(n: int, seed: int = 0) -> Tensor:
    corner = random(n, 2, seed=seed) * 200
    return torch.cat([corner, corner + 1 + random(n, 2, seed=seed + 1) * 60], 1)


def with_grads(function: Callable[..., Tensor], inputs: list[Tensor]) -> list[Tensor]:
    inputs = [tensor.detach().requires_grad_() for tensor in inputs]
    result = function(*inputs)
    weights = torch.linspace(-1, 1, result.numel()).view_as(result)
    return [result.detach(), *torch.autograd.grad((result * weights).sum(), inputs)]


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.1, 0.5, 0.9])
def test_nms(compiled: Compiled, threshold: float, offset: int) -> None:
    def run() -> Tensor:
        return nms(boxes(1000), random(1000), threshold, offset=offset)[1]

    assert torch.equal(run(), compiled(run))


@pytest.mark.parametrize('method', ['naive', 'linear', 'gaussian'])
@pytest.mark.parametrize('min_score', [1e-3, 0.3])
@pytest.mark.parametrize('offset', [0, 1])
def test_soft_nms(compiled: Compiled, method: str, min_score: float, offset: int) -> None:
    def run() -> tuple[Tensor, Tensor]:
        return soft_nms(boxes(300), random(300), 0.3, 0.5, min_score, method, offset)

    (dets, kept), (expected, expected_kept) = run(), compiled(run)
    assert torch.equal(kept, expected_kept)
    torch.testing.assert_close(dets, expected, atol=1e-6, rtol=1e-5)


def test_nms_match(compiled: Compiled) -> None:
    def run() -> list[list[int]]:
        dets = torch.cat([boxes(300), random(300, 1)], 1)
        return [group.tolist() for group in nms_match(dets, 0.4)]

    assert run() == compiled(run)


@pytest.mark.parametrize('mode', ['iou', 'iof'])
@pytest.mark.parametrize('aligned', [False, True])
@pytest.mark.parametrize('offset', [0, 1])
def test_overlaps(compiled: Compiled, mode: str, aligned: bool, offset: int) -> None:
    def run() -> Tensor:
        return bbox_overlaps(boxes(50), boxes(50, seed=7), mode, aligned, offset)

    assert torch.equal(run(), compiled(run))


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('ratio', [0, 2])
@pytest.mark.parametrize('size', [7, (3, 14)])
def test_roi_align_average(
    compiled: Compiled, size: int | tuple[int, int], ratio: int, aligned: bool
) -> None:
    rois = torch.cat([(torch.arange(100.0) % 2)[:, None], boxes(100) - 20], 1)

    def run() -> list[Tensor]:
        return with_grads(
            lambda x: roi_align(x, rois, size, 0.25, ratio, 'avg', aligned),
            [random(2, 8, 50, 60)],
        )

    (result, grad), (expected, expected_grad) = run(), compiled(run)
    assert torch.equal(result, expected)
    # Each adds the same numbers up in an order of its own.
    torch.testing.assert_close(grad, expected_grad, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('ratio', [0, 2])
def test_roi_align_maximum(compiled: Compiled, ratio: int) -> None:
    rois = torch.cat([(torch.arange(50.0) % 2)[:, None], boxes(50)], 1)

    def run() -> list[Tensor]:
        return with_grads(
            lambda x: roi_align(x, rois, (3, 5), 0.25, ratio, 'max', True), [random(2, 4, 60, 70)]
        )

    (result, grad), (expected, expected_grad) = run(), compiled(run)
    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(grad, expected_grad, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(('groups', 'offset_groups', 'stride'), [(1, 1, 1), (2, 1, 2), (1, 2, 1)])
def test_deform_conv(compiled: Compiled, groups: int, offset_groups: int, stride: int) -> None:
    side = 10 if stride == 1 else 5
    inputs = [
        random(2, 4, 10, 10),
        random(2, 18 * offset_groups, side, side, seed=1) * 4 - 2,
        random(6, 4 // groups, 3, 3, seed=2),
    ]

    def run() -> list[Tensor]:
        return with_grads(
            lambda x, offset, weight: deform_conv2d(
                x, offset, weight, stride, 1, 1, groups, offset_groups
            ),
            inputs,
        )

    for mine, other in zip(run(), compiled(run), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(('groups', 'offset_groups', 'stride'), [(1, 1, 1), (2, 1, 2), (1, 2, 1)])
def test_modulated_deform_conv(
    compiled: Compiled, groups: int, offset_groups: int, stride: int
) -> None:
    side = 10 if stride == 1 else 5
    inputs = [
        random(2, 4, 10, 10),
        random(2, 18 * offset_groups, side, side, seed=1) * 4 - 2,
        random(2, 9 * offset_groups, side, side, seed=2),
        random(6, 4 // groups, 3, 3, seed=3),
        random(6, seed=4),
    ]

    def run() -> list[Tensor]:
        return with_grads(
            lambda x, offset, mask, weight, bias: modulated_deform_conv2d(
                x, offset, mask, weight, bias, stride, 1, 1, groups, offset_groups
            ),
            inputs,
        )

    for mine, other in zip(run(), compiled(run), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)
