"""A network that predicts faster, with answers that differ in the last digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import torch
from mmcv.cnn.utils import fuse_conv_bn
from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmdet.models.roi_heads.mask_heads import FCNMaskHead, MaskIoUHead
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from torch.nn import ConvTranspose2d, Module

from mmnuc.inference.optimize.half_precision import cpu_computes_in_bfloat16
from mmnuc.inference.optimize.mask_head import optimize_mask_head
from mmnuc.inference.optimize.roi_extractor import optimize_roi_extractor


def optimize_network(network: Module) -> Module:
    """Make a network predict faster, in place; it can't be trained any more.

    Batch norms become part of the convolutions before them, masks get their full size once a pixel
    is one number, images lie in memory channel by channel of a pixel, and convolutions compute with
    16 bits where the processor has instructions for it: bfloat16 on a CPU, float16 on a GPU. What a
    box is and how sure the network is of it stays in 32 bits: 16 would make scores equal that are
    not.

    Args:
        network: A detector of mmdet, as
            :func:`mmnuc.engine.checkpoints.network.load_network` returns it.

    Returns:
        The same network.
    """
    for part in network.children():
        # What knows its own parts fuses them itself.
        getattr(part, 'fuse_norms', partial(fuse_conv_bn, part))()
    for part in list(network.modules()):
        if isinstance(part, SingleRoIExtractor):
            optimize_roi_extractor(part)
        if isinstance(part, (BBoxHead, MaskIoUHead)):
            part.forward = _in_32_bits(part.forward)
        if isinstance(part, FCNMaskHead) and isinstance(part.upsample, ConvTranspose2d):
            optimize_mask_head(part)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.forward = _in_16_bits(network, network.forward)
    return network


def _in_16_bits(network: Module, forward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(forward)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        kind = next(network.parameters()).device.type
        dtype = torch.bfloat16 if kind == 'cpu' else torch.float16
        able = kind == 'cuda' or (kind == 'cpu' and cpu_computes_in_bfloat16())
        with torch.autocast(kind, dtype, enabled=able):
            return forward(*args, **kwargs)

    return wrapped


def _in_32_bits(forward: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(forward)
    def wrapped(*features: torch.Tensor) -> Any:
        with torch.autocast(features[0].device.type, enabled=False):
            return forward(*(feature.float() for feature in features))

    return wrapped
