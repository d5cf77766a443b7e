"""Multi-scale deformable attention, which mmcv calls on CUDA; elsewhere it has its own.

Both are mmcv's version in plain torch operations; the backward runs it again with gradients on,
so that only the inputs are kept from the forward, like in the compiled operator.
"""

from typing import Any

import torch
from torch import Tensor


def ms_deform_attn_forward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int,
) -> Tensor:
    """Attend to a few sampled points of each level.

    Args:
        value: Features of all levels of shape (B, sum of H·W, heads, channels).
        value_spatial_shapes: H and W of each level, of shape (levels, 2).
        value_level_start_index: Unused.
        sampling_locations: x and y in 0..1 of shape (B, queries, heads, levels, points, 2).
        attention_weights: Shape (B, queries, heads, levels, points).
        im2col_step: Unused.

    Returns:
        Shape (B, queries, heads · channels).
    """
    return _attention()(value, value_spatial_shapes, sampling_locations, attention_weights)


def ms_deform_attn_backward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    im2col_step: int,
) -> None:
    """Write the gradients of the values, locations and weights; arguments as in the forward."""
    inputs = [
        tensor.detach().requires_grad_()
        for tensor in (value, sampling_locations, attention_weights)
    ]
    with torch.enable_grad():
        output = _attention()(inputs[0], value_spatial_shapes, inputs[1], inputs[2])
    grads = torch.autograd.grad(output, inputs, grad_output.to(output.dtype))
    for target, grad in zip((grad_value, grad_sampling_loc, grad_attn_weight), grads, strict=True):
        target.copy_(grad)


def _attention() -> Any:
    # At the top it would be a circle: mmcv.ops imports this module.
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch
