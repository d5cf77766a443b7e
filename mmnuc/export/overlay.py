"""A picture of the image with every nucleus outlined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.export.exported import Exported, Image, region
from mmnuc.export.png import write_png
from mmnuc.ops import crops as crop_ops
from mmnuc.ops.drawing.draw import draw_instances

_CHUNK_SIZE = 10_000


def write_overlay(
    path: Path, nuclei: Exported, image: Image | None = None, description: str = ''
) -> None:
    """Write a PNG with one-pixel outlines on the image, or on black.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        image: Their image.
        description: What was read, for a text chunk.
    """
    crops = nuclei.crops
    canvas: NDArray[np.uint8] = np.zeros((crops.height, crops.width, 3), np.uint8)
    if image is not None:
        canvas = region(image, 0, 0, crops.width, crops.height)
    # Once at least, for a copy that may be drawn on.
    for start in range(0, max(len(crops), 1), _CHUNK_SIZE):
        canvas = draw_instances(canvas, crop_ops.take(crops, slice(start, start + _CHUNK_SIZE)))
    write_png(path, canvas, description, nuclei.pixel_size)
