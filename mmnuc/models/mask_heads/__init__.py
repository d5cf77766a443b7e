"""Mask heads that predict masks as small as nuclei."""

from mmnuc.models.mask_heads.bounded_mask_iou_head import BoundedMaskIoUHead
from mmnuc.models.mask_heads.crop_coarse_mask_head import CropCoarseMaskHead
from mmnuc.models.mask_heads.crop_fcn_mask_head import CropFCNMaskHead
from mmnuc.models.mask_heads.crop_htc_mask_head import CropHTCMaskHead
from mmnuc.models.mask_heads.crop_masks_mixin import CropMasksMixin

__all__ = [
    'BoundedMaskIoUHead',
    'CropCoarseMaskHead',
    'CropFCNMaskHead',
    'CropHTCMaskHead',
    'CropMasksMixin',
]
