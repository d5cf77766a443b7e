"""Multi-scale deformable attention as mmcv calls it on CUDA, against mmcv's own on the CPU."""

import torch
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)


def test_equals_mmcv_with_all_gradients() -> None:
    torch.manual_seed(0)
    shapes = torch.tensor([[6, 4], [3, 2]])
    start = torch.tensor([0, 24])
    value = torch.randn(2, 30, 2, 4, requires_grad=True)
    locations = torch.rand(2, 5, 2, 2, 3, 2, requires_grad=True)
    weights = torch.rand(2, 5, 2, 2, 3, requires_grad=True)
    inputs = (value, locations, weights)
    ours = MultiScaleDeformableAttnFunction.apply(value, shapes, start, locations, weights, 64)
    theirs = multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)
    factor = torch.randn_like(ours)
    assert torch.equal(ours, theirs)
    grads = [torch.autograd.grad((result * factor).sum(), inputs) for result in (ours, theirs)]
    for mine, other in zip(*grads, strict=True):
        assert torch.equal(mine, other)
        assert mine.any()
