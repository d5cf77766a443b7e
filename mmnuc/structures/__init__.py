"""The project's value types."""

from mmnuc.structures.crop_masks import CropMasks
from mmnuc.structures.nuclei import Nuclei

__all__ = ['CropMasks', 'Nuclei']
