"""Images of any kind as RGB of 8 bits, whole or piece by piece."""

from mmnuc.images.open import SUFFIXES, OpenImage, open_image, read_image
from mmnuc.images.picture import Picture
from mmnuc.images.tiff import TiffImage

__all__ = ['SUFFIXES', 'OpenImage', 'Picture', 'TiffImage', 'open_image', 'read_image']
