"""What is added to mmdet's models; loaded when a config names it with the prefix ``mmnuc.``."""

from mmnuc.models.backbones import TimmBackbone
from mmnuc.models.dense_heads import DenseRPNHead
from mmnuc.models.mask_heads import (
    BoundedMaskIoUHead,
    CropCoarseMaskHead,
    CropFCNMaskHead,
    CropHTCMaskHead,
    CropMasksMixin,
)
from mmnuc.models.necks import SimpleFPN
from mmnuc.models.roi_heads import (
    CropCascadeRoIHead,
    CropHybridTaskCascadeRoIHead,
    CropMaskScoringRoIHead,
    CropPointRendRoIHead,
    CropRoIMixin,
    CropStandardRoIHead,
)

__all__ = [
    'BoundedMaskIoUHead',
    'CropCascadeRoIHead',
    'CropCoarseMaskHead',
    'CropFCNMaskHead',
    'CropHTCMaskHead',
    'CropHybridTaskCascadeRoIHead',
    'CropMaskScoringRoIHead',
    'CropMasksMixin',
    'CropPointRendRoIHead',
    'CropRoIMixin',
    'CropStandardRoIHead',
    'DenseRPNHead',
    'SimpleFPN',
    'TimmBackbone',
]
