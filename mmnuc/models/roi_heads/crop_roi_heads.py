"""RoI heads whose masks are always a ``CropMasks``, and whose regions lie where they are.

Where no box at all was found in a batch, mmdet's RoI heads do not ask the mask head and put dense
masks of shape (0, H, W). And where a network computes with 16 bits, mmdet rounds the regions to
the precision of the features: bfloat16 knows every fourth pixel from 512 on, float16 every half.
"""

from __future__ import annotations

from typing import Any

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

from mmnuc.models.mask_heads.crop_masks_mixin import hold_crops
from mmnuc.registry import MODELS


class CropRoIMixin:
    """Put before an mmdet RoI head with masks, so that they are always a ``CropMasks``."""

    def loss(self, x: tuple[Tensor, ...], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Do as the head does, with regions in 32 bits."""
        return super().loss(_in_32_bits(x), *args, **kwargs)

    def predict(self, x: tuple[Tensor, ...], *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does, with regions in 32 bits."""
        return super().predict(_in_32_bits(x), *args, **kwargs)

    def predict_mask(self, *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does; dense masks become crops."""
        return hold_crops(super().predict_mask(*args, **kwargs))


def _in_32_bits(features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Features to cut regions from: mmdet gives the regions their precision."""
    return tuple(level.float() if level.itemsize < 4 else level for level in features)


@MODELS.register_module()
class CropStandardRoIHead(CropRoIMixin, StandardRoIHead):
    """``StandardRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropCascadeRoIHead(CropRoIMixin, CascadeRoIHead):
    """``CascadeRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropHybridTaskCascadeRoIHead(CropRoIMixin, HybridTaskCascadeRoIHead):
    """``HybridTaskCascadeRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropMaskScoringRoIHead(CropRoIMixin, MaskScoringRoIHead):
    """``MaskScoringRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropPointRendRoIHead(CropRoIMixin, PointRendRoIHead):
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
