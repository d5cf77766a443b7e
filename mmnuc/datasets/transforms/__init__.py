"""Steps of a data pipeline: loading and augmenting images with thousands of small masks."""

from mmnuc.datasets.transforms.grid_crop import GridCrop
from mmnuc.datasets.transforms.hed_jitter import HEDJitter
from mmnuc.datasets.transforms.load_annotations import LoadNucleiAnnotations
from mmnuc.datasets.transforms.load_image import LoadNucleiImage
from mmnuc.datasets.transforms.normalize_stain import MacenkoNormalize, ReinhardNormalize
from mmnuc.datasets.transforms.random_rotate90 import RandomRotate90

__all__ = [
    'GridCrop',
    'HEDJitter',
    'LoadNucleiAnnotations',
    'LoadNucleiImage',
    'MacenkoNormalize',
    'RandomRotate90',
    'ReinhardNormalize',
]
