"""Steps of a data pipeline: loading and augmenting images with thousands of small masks."""

from mmnuc.datasets.transforms.load_annotations import LoadNucleiAnnotations
from mmnuc.datasets.transforms.load_image import LoadNucleiImage

__all__ = ['LoadNucleiAnnotations', 'LoadNucleiImage']
