"""Deformable convolution, without (v1) and with (v2, "modulated") a mask."""

import torch
from torch import Tensor

from mmnuc.mmcv_operators.torchvision_binary import call


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **geometry: int,
) -> None:
    """Write the deformable convolution of ``input`` into ``output``.

    Args:
        input: Shape (B, C, H, W).
        weight: Shape (C', C / groups, kH, kW).
        offset: Shape (B, 2 · deformable groups · kH · kW, H', W'), y before x.
        output: Shape (B, C', H', W').
        columns: Unused.
        ones: Unused.
        geometry: ``dW``, ``dH``, ``padW``, ``padH``, ``dilationW``, ``dilationH``, ``group``,
            ``deformable_group``; the rest is known from the shapes.
    """
    args = (input, weight, offset, *_no_mask_no_bias(input, weight))
    output.copy_(call(torch.ops.torchvision.deform_conv2d, *args, *_geometry_v1(geometry), False))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradInput: Tensor,
    gradOffset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Write the gradients of the input and of the offsets; arguments as in the forward."""
    args = (gradOutput, input, weight, offset, *_no_mask_no_bias(input, weight))
    grads = call(
        torch.ops.torchvision._deform_conv2d_backward, *args, *_geometry_v1(geometry), False
    )
    gradInput.copy_(grads[0])
    gradOffset.copy_(grads[2])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradWeight: Tensor,
    columns: Tensor,
    ones: Tensor,
    scale: float,
    **geometry: int,
) -> None:
    """Add ``scale`` times the gradient of the weights; other arguments as in the forward."""
    # The weights' gradient does not depend on the weights.
    weight = torch.zeros_like(gradWeight)
    args = (gradOutput, input, weight, offset, *_no_mask_no_bias(input, weight))
    grads = call(
        torch.ops.torchvision._deform_conv2d_backward, *args, *_geometry_v1(geometry), False
    )
    gradWeight.add_(grads[1].to(gradWeight.dtype), alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    *,
    with_bias: bool,
    **geometry: int,
) -> None:
    """Write the modulated deformable convolution of ``input`` into ``output``.

    Args:
        input: Shape (B, C, H, W).
        weight: Shape (C', C / groups, kH, kW).
        bias: Shape (C',), empty unless ``with_bias``.
        ones: Unused.
        offset: Shape (B, 2 · deformable groups · kH · kW, H', W'), y before x.
        mask: Shape (B, deformable groups · kH · kW, H', W').
        output: Shape (B, C', H', W').
        columns: Unused.
        with_bias: Add the bias.
        geometry: ``stride_h``, ``stride_w``, ``pad_h``, ``pad_w``, ``dilation_h``,
            ``dilation_w``, ``group``, ``deformable_group``; the rest is known from the shapes.
    """
    bias = bias if with_bias else input.new_zeros(weight.shape[0])
    args = (input, weight, offset, mask, bias, *_geometry_v2(geometry), True)
    output.copy_(call(torch.ops.torchvision.deform_conv2d, *args))


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    *,
    with_bias: bool,
    **geometry: int,
) -> None:
    """Write the gradients of all five inputs; arguments as in the forward."""
    bias = bias if with_bias else input.new_zeros(weight.shape[0])
    args = (grad_output, input, weight, offset, mask, bias, *_geometry_v2(geometry), True)
    grads = call(torch.ops.torchvision._deform_conv2d_backward, *args)
    for target, grad in zip((grad_input, grad_weight, grad_offset, grad_mask), grads, strict=False):
        target.copy_(grad)
    if with_bias:
        grad_bias.copy_(grads[4])


def _no_mask_no_bias(input: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    return input.new_zeros((input.shape[0], 1)), input.new_zeros(weight.shape[0])


def _geometry_v1(geometry: dict[str, int]) -> tuple[int, ...]:
    names = ('dH', 'dW', 'padH', 'padW', 'dilationH', 'dilationW', 'group', 'deformable_group')
    return tuple(geometry[name] for name in names)


def _geometry_v2(geometry: dict[str, int]) -> tuple[int, ...]:
    names = ('stride_h', 'stride_w', 'pad_h', 'pad_w', 'dilation_h', 'dilation_w')
    return (*(geometry[name] for name in names), geometry['group'], geometry['deformable_group'])
