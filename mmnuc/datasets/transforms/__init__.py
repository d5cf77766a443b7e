"""Steps of a data pipeline: loading and augmenting images with thousands of small masks."""

from mmnuc.datasets.transforms.grid_part import CropGridPart
from mmnuc.datasets.transforms.hed_jitter import HEDJitter
from mmnuc.datasets.transforms.load_annotations import LoadNucleiAnnotations
from mmnuc.datasets.transforms.load_image import LoadNucleiImage
from mmnuc.datasets.transforms.normalize_stain import MacenkoNormalize, ReinhardNormalize
from mmnuc.datasets.transforms.quarter_turn import RandomQuarterTurn

__all__ = [
    'CropGridPart',
    'HEDJitter',
    'LoadNucleiAnnotations',
    'LoadNucleiImage',
    'MacenkoNormalize',
    'RandomQuarterTurn',
    'ReinhardNormalize',
]
