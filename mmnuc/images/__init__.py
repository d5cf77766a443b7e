"""Images of any kind as RGB of 8 bits, whole or piece by piece."""

from mmnuc.images.decode import read_plain
from mmnuc.images.labels import read_label_values
from mmnuc.images.open import SUFFIXES, OpenImage, open_image, read_bgr, read_image
from mmnuc.images.options import ReadOptions
from mmnuc.images.picture import Picture
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.rgb_image import RgbImage

__all__ = [
    'SUFFIXES',
    'OpenImage',
    'Picture',
    'PixelSize',
    'ReadOptions',
    'RgbImage',
    'open_image',
    'read_bgr',
    'read_image',
    'read_label_values',
    'read_plain',
]
