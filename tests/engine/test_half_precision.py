"""Training in bfloat16 on a processor."""

import torch
from mmengine.registry import OPTIM_WRAPPERS

from mmnuc.engine import Bfloat16OptimWrapper


def test_products_are_short_and_weights_are_not() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(2, 3, 3)
    before = layer.weight.detach().clone()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    wrapper = OPTIM_WRAPPERS.build(dict(type='mmnuc.Bfloat16OptimWrapper', optimizer=optimizer))
    assert isinstance(wrapper, Bfloat16OptimWrapper)
    image = torch.randn(1, 2, 8, 8)
    with wrapper.optim_context(layer):
        seen = layer(image)
    assert seen.dtype == torch.bfloat16
    wrapper.update_params(seen.float().square().mean())
    assert layer.weight.dtype == torch.float32
    exact = layer.weight.detach().clone()

    # One step in 32 bits leads to nearly the same weights.
    layer.weight.data.copy_(before)
    layer.zero_grad()
    layer(image).square().mean().backward()
    step = 0.1 * layer.weight.grad
    torch.testing.assert_close(before - step, exact, rtol=0.02, atol=0.02 * float(step.abs().max()))
    assert not torch.equal(before, exact)
