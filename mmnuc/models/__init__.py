"""What is added to mmdet's models; loaded when a config names it with the prefix ``mmnuc.``."""

from mmnuc.models.dense_heads import DenseRPNHead
from mmnuc.models.mask_heads import CropFCNMaskHead, CropHTCMaskHead, CropMasksMixin
from mmnuc.models.roi_heads import (
    CropCascadeRoIHead,
    CropHybridTaskCascadeRoIHead,
    CropRoIMixin,
    CropStandardRoIHead,
)

__all__ = [
    'CropCascadeRoIHead',
    'CropFCNMaskHead',
    'CropHTCMaskHead',
    'CropHybridTaskCascadeRoIHead',
    'CropMasksMixin',
    'CropRoIMixin',
    'CropStandardRoIHead',
    'DenseRPNHead',
]
