"""RoI heads that give an empty ``CropMasks`` where no box at all was found in a batch.

There mmdet's RoI heads do not ask the mask head and put dense masks of shape (0, H, W).
"""

from __future__ import annotations

from typing import Any

from mmdet.models import CascadeRoIHead, HybridTaskCascadeRoIHead, StandardRoIHead
from mmengine.structures import InstanceData

from mmnuc.models.mask_heads.crop_masks_mixin import hold_crops
from mmnuc.registry import MODELS


class CropRoIMixin:
    """Put before an mmdet RoI head with masks, so that they are always a ``CropMasks``."""

    def predict_mask(self, *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does; dense masks become crops."""
        return hold_crops(super().predict_mask(*args, **kwargs))


@MODELS.register_module()
class CropStandardRoIHead(CropRoIMixin, StandardRoIHead):
    """``StandardRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropCascadeRoIHead(CropRoIMixin, CascadeRoIHead):
    """``CascadeRoIHead`` whose masks are always a ``CropMasks``."""


@MODELS.register_module()
class CropHybridTaskCascadeRoIHead(CropRoIMixin, HybridTaskCascadeRoIHead):
    """``HybridTaskCascadeRoIHead`` whose masks are always a ``CropMasks``."""
