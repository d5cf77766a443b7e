"""Images of any kind as RGB of 8 bits, whole or piece by piece."""

from mmnuc.slides.open import SUFFIXES, OpenImage, open_image, read_image
from mmnuc.slides.picture import Picture
from mmnuc.slides.tiff import TiffImage

__all__ = ['SUFFIXES', 'OpenImage', 'Picture', 'TiffImage', 'open_image', 'read_image']
