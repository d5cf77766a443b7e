"""What an image shows, told by its colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ('fluorescence', 'histology', 'bright field')

# On average over the pixels, of 255: how far the channels of stained tissue are apart, and how
# bright a grey image is from which on it is lit from behind.
_COLOURED, _BRIGHT = 5, 110


def kind_of(image: NDArray[np.uint8]) -> str:
    """Tell what an image shows.

    Where the channels of a pixel differ by more than 5 of 255 on average it is stained tissue; of
    the grey images, dark ones are fluorescence. That is how the images of the Data Science Bowl
    2018, which don't say what they are, fall into kinds; a coloured picture of fluorescence would
    be taken for tissue.

    Args:
        image: Of shape (H, W, 3), in any order of the colours.

    Returns:
        One of :data:`KINDS`.

    Example:
        >>> kind_of(np.full((4, 4, 3), (200, 120, 160), np.uint8))
        'histology'
        >>> kind_of(np.full((4, 4, 3), 20, np.uint8))
        'fluorescence'
        >>> kind_of(np.full((4, 4, 3), 180, np.uint8))
        'bright field'
    """
    channels = image.astype(np.int16)
    if (channels.max(axis=2) - channels.min(axis=2)).mean() > _COLOURED:
        return 'histology'
    return 'fluorescence' if channels.mean() < _BRIGHT else 'bright field'
