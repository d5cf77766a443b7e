"""What finds nuclei in tiles, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mmnuc.structures.nuclei import Nuclei

# An RGB image (h, w, 3) of 8 bits.
Tile = NDArray[np.uint8]
# Takes tiles, returns the nuclei of each in its coordinates. Attributes that it may have are read:
# ``stride``, at multiples of which tiles should start; ``class_names``; ``mask_threshold``;
# ``finish``, called with all nuclei of an image; ``probabilities``, as that of
# :class:`mmnuc.inference.predictor.Predictor`; ``pixel_size`` and ``diameter`` of the nuclei that
# it was trained on, see :mod:`mmnuc.inference.scale`.
TileModel = Callable[[list[Tile]], list[Nuclei]]
