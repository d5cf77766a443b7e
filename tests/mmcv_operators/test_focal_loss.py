"""Focal losses against torchvision's and against the formula with torch's own gradients."""

import pytest
import torch
import torchvision
from mmcv.ops import sigmoid_focal_loss, softmax_focal_loss
from torch import Tensor

GAMMA, ALPHA = 2.0, 0.25


def logits_and_target(dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(9, 4, generator=generator, dtype=dtype) * 3
    return logits.requires_grad_(), torch.tensor([0, 1, 2, 3, 4, 4, 0, 2, 1])


@pytest.mark.parametrize('reduction', ['none', 'mean', 'sum'])
def test_sigmoid_equals_torchvision(reduction: str) -> None:
    logits, target = logits_and_target()
    # The fifth class is the background and has no column.
    one_hot = torch.nn.functional.one_hot(target, 5)[:, :4].to(logits.dtype)
    expected = torchvision.ops.sigmoid_focal_loss(logits, one_hot, ALPHA, GAMMA)
    if reduction != 'none':
        # mmcv's mean is over the rows.
        expected = expected.sum() / (len(logits) if reduction == 'mean' else 1)
    result = sigmoid_focal_loss(logits, target, GAMMA, ALPHA, None, reduction)
    torch.testing.assert_close(result, expected)
    grads = [torch.autograd.grad(loss.sum(), logits)[0] for loss in (result, expected)]
    torch.testing.assert_close(*grads)


def test_sigmoid_weighs_the_rows_by_their_class() -> None:
    logits, target = logits_and_target()
    target = target.clamp(max=3)
    weight = torch.tensor([1.0, 2, 3, 4], dtype=logits.dtype)
    plain = sigmoid_focal_loss(logits, target, GAMMA, ALPHA, None, 'none')
    weighted = sigmoid_focal_loss(logits, target, GAMMA, ALPHA, weight, 'none')
    torch.testing.assert_close(weighted, plain * weight[target][:, None])


@pytest.mark.parametrize('gamma', [0.5, 2.0])
def test_sigmoid_gradient(gamma: float) -> None:
    logits, target = logits_and_target()
    assert torch.autograd.gradcheck(
        lambda x: sigmoid_focal_loss(x, target, gamma, ALPHA, None, 'sum'), [logits]
    )


def test_softmax_equals_the_formula() -> None:
    logits, target = logits_and_target()
    target = target.clamp(max=3)
    weight = torch.tensor([1.0, 2, 3, 4], dtype=logits.dtype)
    p = logits.softmax(1)[torch.arange(9), target]
    expected = -ALPHA * (1 - p) ** GAMMA * p.log() * weight[target]
    result = softmax_focal_loss(logits, target, GAMMA, ALPHA, weight, 'none')
    torch.testing.assert_close(result, expected)
    result = softmax_focal_loss(logits, target, GAMMA, ALPHA, weight, 'sum')
    grads = [torch.autograd.grad(loss.sum(), logits)[0] for loss in (result, expected)]
    torch.testing.assert_close(*grads)


def test_confident_logits_cost_a_finite_amount() -> None:
    logits = torch.tensor([[-200.0], [200.0]], requires_grad=True)
    loss = sigmoid_focal_loss(logits, torch.tensor([0, 1]), GAMMA, ALPHA, None, 'sum')
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


def test_half_precision() -> None:
    logits, target = logits_and_target(torch.float32)
    half = sigmoid_focal_loss(logits.bfloat16(), target, GAMMA, ALPHA, None, 'none')
    full = sigmoid_focal_loss(logits.bfloat16().float(), target, GAMMA, ALPHA, None, 'none')
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half, full.bfloat16())
