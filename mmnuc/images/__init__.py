"""Images of any kind as RGB of 8 bits, whole or piece by piece."""

from typing import TYPE_CHECKING

from mmnuc.lazy import lazy_names

if TYPE_CHECKING:
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

# The size of a pixel stands below nuclei, which need none of the libraries that read files.
__getattr__, __dir__ = lazy_names(
    __name__,
    {
        'SUFFIXES': 'mmnuc.images.open',
        'OpenImage': 'mmnuc.images.open',
        'Picture': 'mmnuc.images.picture',
        'PixelSize': 'mmnuc.images.pixel_size',
        'ReadOptions': 'mmnuc.images.options',
        'RgbImage': 'mmnuc.images.rgb_image',
        'open_image': 'mmnuc.images.open',
        'read_bgr': 'mmnuc.images.open',
        'read_image': 'mmnuc.images.open',
        'read_label_values': 'mmnuc.images.labels',
        'read_plain': 'mmnuc.images.decode',
    },
)
