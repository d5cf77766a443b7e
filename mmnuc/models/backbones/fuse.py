"""Batch norms of an encoder as part of the convolutions before them."""

from __future__ import annotations

from copy import deepcopy

import torch
from mmcv.cnn.utils.fuse_conv_bn import _fuse_conv_bn
from torch import Tensor, nn

_SIDE = 64
_TOLERANCE = 1e-3


def fused(encoder: nn.Module) -> nn.Module:
    """Make an encoder of timm predict faster; it can't be trained any more.

    timm's batch norms hold the activation that follows, which mmcv's ``fuse_conv_bn`` would lose.
    Which convolution a norm follows is told by the order of a module's parts, as mmcv does, and
    not all networks keep to it: the fused one is compared with the one that was given on noise.

    Args:
        encoder: Takes images (B, 3, H, W) and gives a list of levels.

    Returns:
        An encoder that gives the same, or the given one where fusing would change what it sees.

    Example:
        >>> conv = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU()).eval()
        >>> [type(part).__name__ for part in fused(conv)]
        ['Conv2d', 'Identity', 'ReLU']
    """
    faster = deepcopy(encoder)
    for module in list(faster.modules()):
        _fuse_parts(module)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 3, _SIDE, _SIDE, generator=generator)
    noise = noise.to(next(encoder.parameters()).device)
    with torch.inference_mode():
        same = all(
            torch.allclose(new, old, rtol=_TOLERANCE, atol=_TOLERANCE * float(old.abs().max()))
            for new, old in zip(_levels(faster, noise), _levels(encoder, noise), strict=True)
        )
    return faster if same else encoder


def _fuse_parts(module: nn.Module) -> None:
    """Fuse each batch norm among the parts of a module with the convolution right before it."""
    before: str | None = None
    for name, part in list(module.named_children()):
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and before is not None:
            module._modules[before] = _fuse_conv_bn(module._modules[before], part)
            module._modules[name] = getattr(part, 'act', nn.Identity())
        before = name if isinstance(part, nn.Conv2d) else None


def _levels(encoder: nn.Module, images: Tensor) -> list[Tensor]:
    levels = encoder(images)
    return [levels] if isinstance(levels, Tensor) else list(levels)
