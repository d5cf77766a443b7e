"""The mask head of Hybrid Task Cascade, with masks as small as nuclei."""

from mmdet.models import HTCMaskHead

from mmnuc.models.mask_heads.crop_masks_mixin import CropMasksMixin
from mmnuc.registry import MODELS


@MODELS.register_module()
class CropHTCMaskHead(CropMasksMixin, HTCMaskHead):
    """``HTCMaskHead`` whose predictions are a ``CropMasks``; takes the same settings."""
