"""Deformable convolution against torchvision's public function and against plain convolution."""

from typing import NamedTuple

import pytest
import torch
import torchvision
from mmcv.ops import ModulatedDeformConv2dPack, deform_conv2d, modulated_deform_conv2d
from torch import Tensor

KERNEL = (3, 2)


class Geometry(NamedTuple):
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    offset_groups: int = 1


GEOMETRIES = {
    'plain': Geometry(),
    'grouped': Geometry(stride=(2, 1), padding=(0, 2), dilation=(1, 2), groups=2),
    'two deformable groups': Geometry((1, 2), (2, 1), (2, 1), offset_groups=2),
}


def tensors(geometry: Geometry) -> dict[str, Tensor]:
    """Random inputs in double precision that want gradients."""
    generator = torch.Generator().manual_seed(0)
    stride, padding, dilation, groups, offset_groups = geometry
    taps = KERNEL[0] * KERNEL[1] * offset_groups
    height, width = (
        (extent + 2 * padding[axis] - dilation[axis] * (KERNEL[axis] - 1) - 1) // stride[axis] + 1
        for axis, extent in enumerate((7, 6))
    )
    shapes = {
        'input': (2, 4, 7, 6),
        'offset': (2, 2 * taps, height, width),
        'mask': (2, taps, height, width),
        'weight': (4, 4 // groups, *KERNEL),
        'bias': (4,),
    }
    return {
        name: torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }


def with_grads(result: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    weights = torch.linspace(-1, 1, result.numel(), dtype=result.dtype).view_as(result)
    return [result, *torch.autograd.grad((result * weights).sum(), inputs)]


@pytest.mark.parametrize('geometry', GEOMETRIES.values(), ids=GEOMETRIES)
@pytest.mark.parametrize('version', [1, 2])
def test_equals_torchvision(version: int, geometry: Geometry) -> None:
    data = tensors(geometry)
    where, groups = geometry[:3], geometry[3:]
    if version == 1:
        inputs = [data['input'], data['offset'], data['weight']]
        ours = deform_conv2d(*inputs, *where, *groups)
        theirs = torchvision.ops.deform_conv2d(*inputs, None, *where)
    else:
        inputs = [data[name] for name in ('input', 'offset', 'mask', 'weight', 'bias')]
        ours = modulated_deform_conv2d(*inputs, *where, *groups)
        x, offset, mask, weight, bias = inputs
        theirs = torchvision.ops.deform_conv2d(x, offset, weight, bias, *where, mask)
    for mine, other in zip(with_grads(ours, inputs), with_grads(theirs, inputs), strict=True):
        torch.testing.assert_close(mine, other)
        assert mine.any()


def test_without_a_bias() -> None:
    data = tensors(Geometry())
    inputs = [data[name] for name in ('input', 'offset', 'mask', 'weight')]
    x, offset, mask, weight = inputs
    ours = modulated_deform_conv2d(*inputs, None, 1, 1, 1, 1, 1)
    theirs = torchvision.ops.deform_conv2d(x, offset, weight, None, 1, 1, 1, mask)
    for mine, other in zip(with_grads(ours, inputs), with_grads(theirs, inputs), strict=True):
        torch.testing.assert_close(mine, other)


def test_without_offsets_it_is_a_convolution() -> None:
    data = tensors(Geometry())
    offset = torch.zeros_like(data['offset'])
    result = deform_conv2d(data['input'], offset, data['weight'], 1, 1)
    torch.testing.assert_close(result, torch.conv2d(data['input'], data['weight'], padding=1))


def test_gradients() -> None:
    data = tensors(Geometry())
    inputs = [data[name][:1] for name in ('input', 'offset', 'mask')]
    inputs = [tensor.detach().requires_grad_() for tensor in (*inputs, data['weight'])]
    assert torch.autograd.gradcheck(
        lambda *args: modulated_deform_conv2d(*args, None, 1, 1, 1, 1, 1), inputs, fast_mode=True
    )


def test_a_layer_learns() -> None:
    torch.manual_seed(0)
    layer = ModulatedDeformConv2dPack(2, 2, 3, padding=1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    image = torch.rand(1, 2, 8, 8)
    losses = []
    for _ in range(20):
        loss = (layer(image) - image).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
