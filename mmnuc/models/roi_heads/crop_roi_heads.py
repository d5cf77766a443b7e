"""RoI heads whose masks are always a ``CropMasks``, and whose regions lie where they are.

Where no box at all was found in a batch, mmdet's RoI heads do not ask the mask head and put dense
masks of shape (0, H, W). And where a network computes with 16 bits, mmdet rounds the regions to
the precision of the features: bfloat16 knows every fourth pixel from 512 on, float16 every half.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from mmdet.models import (
    CascadeRoIHead,
    HybridTaskCascadeRoIHead,
    MaskScoringRoIHead,
    PointRendRoIHead,
    StandardRoIHead,
)
from mmdet.models.task_modules import SamplingResult
from mmengine.structures import InstanceData
from torch import Tensor

from mmnuc.models.chunked import BOX_CHUNK_SIZE, MASK_CHUNK_SIZE, chunked
from mmnuc.models.mask_heads.crop_masks_mixin import hold_crops
from mmnuc.registry import MODELS


class CropRoIMixin:
    """Put before an mmdet RoI head with masks, so that they are always a ``CropMasks``."""

    def loss(self, x: tuple[Tensor, ...], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Do as the head does, with regions in 32 bits."""
        return super().loss(_to_cut_from(x), *args, **kwargs)

    def predict(self, x: tuple[Tensor, ...], *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does, with regions in 32 bits."""
        return super().predict(_to_cut_from(x), *args, **kwargs)

    def predict_mask(self, *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does; dense masks become crops."""
        return hold_crops(super().predict_mask(*args, **kwargs))


def _to_cut_from(features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Features to cut regions from: mmdet gives the regions their precision.

    On a CPU all channels of a pixel lie together, as RoIAlign wants them there, once for all
    regions.
    """
    wide = (level.float() if level.itemsize < 4 else level for level in features)
    return tuple(
        level.contiguous(memory_format=torch.channels_last) if level.device.type == 'cpu' else level
        for level in wide
    )


class ChunkedRoIMixin:
    """Put before an mmdet RoI head of one stage, so that it predicts some regions at a time.

    The features of 10,000 regions take 250 MB, and their mask features a GB and more.

    Attributes:
        mask_results: What the head needs of each mask when it predicts.
    """

    mask_results: tuple[str, ...] = ('mask_preds',)

    def _bbox_forward(self, x: tuple[Tensor, ...], rois: Tensor) -> dict[str, Tensor]:
        if torch.is_grad_enabled():
            return super()._bbox_forward(x, rois)
        forward = partial(super()._bbox_forward, x)
        return chunked(forward, BOX_CHUNK_SIZE, ('cls_score', 'bbox_pred'), rois)

    def _mask_forward(
        self, x: tuple[Tensor, ...], rois: Tensor | None = None, **others: Any
    ) -> dict[str, Tensor]:
        if rois is None or torch.is_grad_enabled():
            return super()._mask_forward(x, rois, **others)
        return chunked(partial(super()._mask_forward, x), MASK_CHUNK_SIZE, self.mask_results, rois)


@MODELS.register_module()
class CropStandardRoIHead(ChunkedRoIMixin, CropRoIMixin, StandardRoIHead):
    """``StandardRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropCascadeRoIHead(CropRoIMixin, CascadeRoIHead):
    """``CascadeRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropHybridTaskCascadeRoIHead(CropRoIMixin, HybridTaskCascadeRoIHead):
    """``HybridTaskCascadeRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropMaskScoringRoIHead(ChunkedRoIMixin, CropRoIMixin, MaskScoringRoIHead):
    """``MaskScoringRoIHead`` whose masks are always a ``CropMasks``."""

    mask_results = ('mask_preds', 'mask_feats')


@MODELS.register_module()
class CropPointRendRoIHead(ChunkedRoIMixin, CropRoIMixin, PointRendRoIHead):
    """``PointRendRoIHead`` whose masks are always a ``CropMasks``; batches may hold no nuclei."""

    def mask_loss(
        self,
        x: tuple[Tensor, ...],
        sampling_results: list[SamplingResult],
        *args: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Do as the head does; without a nucleus, where mmdet's head fails, the loss is 0."""
        if any(len(result.pos_priors) for result in sampling_results):
            return super().mask_loss(x, sampling_results, *args, **kwargs)
        found = StandardRoIHead.mask_loss(self, x, sampling_results, *args, **kwargs)
        nothing = sum(value.sum() for value in self.point_head.parameters()) * 0
        found['loss_mask']['loss_point'] = nothing
        return found
