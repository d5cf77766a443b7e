"""Mask R-CNN's and Cascade Mask R-CNN's mask head, with masks as small as nuclei."""

from mmdet.models import FCNMaskHead

from mmnuc.models.mask_heads.crop_masks_mixin import CropMasksMixin
from mmnuc.registry import MODELS


@MODELS.register_module()
class CropFCNMaskHead(CropMasksMixin, FCNMaskHead):
    """``FCNMaskHead`` whose predictions are a ``CropMasks``; takes the same settings."""
