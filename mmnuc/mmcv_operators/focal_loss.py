"""Focal losses (Lin et al., 2017), element by element; mmcv reduces them itself."""

import torch
from torch import Tensor

# The compiled operators' guard against log(0).
TINY = torch.finfo(torch.float32).tiny


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Write the loss of every logit into ``output``.

    Args:
        input: Logits of shape (N, C).
        target: Classes of shape (N,); ``C`` is the background.
        weight: A factor for each class, of shape (C,), or empty.
        output: Shape (N, C).
        gamma: How fast easy examples fade.
        alpha: Share of the positives.
    """
    p, positive = _probability(input, target)
    log_p, log_q = p.clamp(min=TINY).log(), (1 - p).clamp(min=TINY).log()
    loss = torch.where(positive, -alpha * (1 - p) ** gamma * log_p, (alpha - 1) * p**gamma * log_q)
    output.copy_(loss * _class_weight(weight, target)[:, None])


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Write the derivative of every loss by its logit into ``grad_input``."""
    p, positive = _probability(input, target)
    q = 1 - p
    log_p, log_q = p.clamp(min=TINY).log(), q.clamp(min=TINY).log()
    grad = torch.where(
        positive,
        -alpha * q**gamma * (q - gamma * p * log_p),
        (alpha - 1) * p**gamma * (gamma * q * log_q - p),
    )
    grad_input.copy_(grad * _class_weight(weight, target)[:, None])


def softmax_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Write the loss of every row into ``output``.

    Args:
        input: Probabilities (after the softmax) of shape (N, C).
        target: Classes of shape (N,); rows with a negative one cost nothing.
        weight: A factor for each class, of shape (C,), or empty.
        output: Shape (N,).
        gamma: How fast easy examples fade.
        alpha: Factor of the whole.
    """
    p = _target_probability(input, target)
    loss = -alpha * (1 - p) ** gamma * p.clamp(min=TINY).log()
    output.copy_(loss * _class_weight(weight, target) * (target >= 0))


def softmax_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    buff: Tensor,
    grad_input: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Write the derivative of every row's loss by its logits into ``grad_input``.

    ``buff``, of shape (N,), takes the derivative by the target's log-probability.
    """
    p = _target_probability(input, target)
    q = 1 - p
    log_p = p.clamp(min=TINY).log()
    factor = alpha * (gamma * q ** (gamma - 1) * p * log_p - q**gamma)
    buff.copy_(factor * _class_weight(weight, target) * (target >= 0))
    is_target = target[:, None] == torch.arange(input.shape[1], device=input.device)
    grad_input.copy_(buff[:, None] * (is_target.to(input.dtype) - input))


def _probability(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities, in float32 at least, and where the row's class is the column's."""
    dtype = torch.promote_types(input.dtype, torch.float32)
    positive = target[:, None] == torch.arange(input.shape[1], device=input.device)
    return input.to(dtype).sigmoid(), positive


def _target_probability(probabilities: Tensor, target: Tensor) -> Tensor:
    dtype = torch.promote_types(probabilities.dtype, torch.float32)
    return probabilities.gather(1, target.clamp(min=0)[:, None]).squeeze(1).to(dtype)


def _class_weight(weight: Tensor, target: Tensor) -> Tensor:
    """The weight of each row's class, 1 for the background, which has none."""
    if not weight.numel():
        return weight.new_ones(len(target))
    known = (target >= 0) & (target < len(weight))
    return torch.where(known, weight[target.clamp(0, len(weight) - 1)], 1)
