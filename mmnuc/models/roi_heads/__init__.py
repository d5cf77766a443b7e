"""RoI heads."""

from mmnuc.models.roi_heads.crop_roi_heads import (
    CropCascadeRoIHead,
    CropHybridTaskCascadeRoIHead,
    CropMaskScoringRoIHead,
    CropPointRendRoIHead,
    CropRoIMixin,
    CropStandardRoIHead,
)

__all__ = [
    'CropCascadeRoIHead',
    'CropHybridTaskCascadeRoIHead',
    'CropMaskScoringRoIHead',
    'CropPointRendRoIHead',
    'CropRoIMixin',
    'CropStandardRoIHead',
]
