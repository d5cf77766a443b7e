"""PointRend's coarse mask head, with masks as small as nuclei."""

from mmdet.models import CoarseMaskHead

from mmnuc.models.mask_heads.crop_masks_mixin import CropMasksMixin
from mmnuc.registry import MODELS


@MODELS.register_module()
class CropCoarseMaskHead(CropMasksMixin, CoarseMaskHead):
    """``CoarseMaskHead`` whose predictions are a ``CropMasks``; takes the same settings."""
