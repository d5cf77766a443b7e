"""The project's value types."""

from mmnuc.structures.crop_masks import CropMasks

__all__ = ['CropMasks']
