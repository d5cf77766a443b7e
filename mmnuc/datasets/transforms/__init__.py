"""Steps of a data pipeline: loading and augmenting images with thousands of small masks."""

from mmnuc.datasets.transforms.grid_crop import GridCrop
from mmnuc.datasets.transforms.hed_jitter import HEDJitter
from mmnuc.datasets.transforms.load_annotations import LoadNucleiAnnotations
from mmnuc.datasets.transforms.load_image import LoadNucleiImage
from mmnuc.datasets.transforms.negative_piece import NegativePiece
from mmnuc.datasets.transforms.normalize_stain import MacenkoNormalize, ReinhardNormalize
from mmnuc.datasets.transforms.random_blur import RandomBlur
from mmnuc.datasets.transforms.random_gamma import RandomGamma
from mmnuc.datasets.transforms.random_invert import RandomInvert
from mmnuc.datasets.transforms.random_jpeg import RandomJPEG
from mmnuc.datasets.transforms.random_noise import RandomNoise
from mmnuc.datasets.transforms.random_rotate90 import RandomRotate90
from mmnuc.datasets.transforms.random_tint import RandomTint

__all__ = [
    'GridCrop',
    'HEDJitter',
    'LoadNucleiAnnotations',
    'LoadNucleiImage',
    'MacenkoNormalize',
    'NegativePiece',
    'RandomBlur',
    'RandomGamma',
    'RandomInvert',
    'RandomJPEG',
    'RandomNoise',
    'RandomRotate90',
    'RandomTint',
    'ReinhardNormalize',
]
