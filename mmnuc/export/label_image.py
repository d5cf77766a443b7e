"""Label images: nucleus ``i`` is written as the number ``i + 1``, one owner a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.export.exported import Exported
from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs.label_map import crops_to_label_map
from mmnuc.ops.crops.geometry import crop
from mmnuc.ops.overlap.resolve import resolve_overlaps

_MOST_OF_16_BITS = 65_535
_TILE = 512
# From here on 4-byte offsets may not reach the end of a file.
_BIG = 2**32 - 2**26


def label_bands(nuclei: Exported, rows: int = _TILE) -> Iterator[NDArray[np.int32]]:
    """Give the label map of an image from top to bottom.

    Where nuclei overlap the more confident one owns the pixel, of equals the earlier one.

    Args:
        nuclei: The nuclei.
        rows: Height of a band in pixels.

    Yields:
        Numbers of shape (rows, width), fewer rows in the last band.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> crops = crop_ops.from_bitmaps(np.array([[[0], [1]], [[1], [1]]], np.uint8))
        >>> nuclei = Nuclei.of_crops(crops, [0.9, 0.5])
        >>> [band.tolist() for band in label_bands(nuclei, rows=1)]
        [[[2]], [[1]]]
    """
    crops, scores = nuclei.crops, np.asarray(nuclei.scores)
    for top in range(0, crops.height, rows):
        bottom = min(top + rows, crops.height)
        here = (crops.boxes_xyxy[:, 1] < bottom) & (crops.boxes_xyxy[:, 3] > top)
        which = np.flatnonzero(here)
        inside = crop(crop_ops.take(crops, which), (0, top, crops.width, bottom))
        band = crops_to_label_map(resolve_overlaps(inside, scores[which]))
        numbers = np.concatenate([[0], which + 1]).astype(np.int32)
        yield numbers[band]


def write_label_tiff(path: Path, nuclei: Exported) -> None:
    """Write a tiled TIFF, deflated: 16 bits up to 65,535 nuclei, else 32.

    The size of a pixel is written as the resolution where it is known.

    Args:
        path: The file to write.
        nuclei: The nuclei.
    """
    kind = np.uint16 if len(nuclei.crops) <= _MOST_OF_16_BITS else np.uint32
    height, width = nuclei.crops.height, nuclei.crops.width
    size = nuclei.pixel_size
    per_centimetre = None if size is None else (1e4 / size, 1e4 / size)
    tifffile.imwrite(
        path,
        _tiles(nuclei, kind),
        shape=(height, width),
        dtype=kind,
        tile=(_TILE, _TILE),
        compression='zlib',
        photometric='minisblack',
        bigtiff=height * width * np.dtype(kind).itemsize > _BIG,
        resolution=per_centimetre,
        resolutionunit=None if size is None else 'CENTIMETER',
        metadata=None,
    )


def _tiles(nuclei: Exported, kind: type[np.unsignedinteger]) -> Iterator[NDArray[np.integer]]:
    """Give tile after tile, row by row; what lies outside the image is zero."""
    for band in label_bands(nuclei):
        for left in range(0, band.shape[1], _TILE):
            tile = np.zeros((_TILE, _TILE), kind)
            part = band[:, left : left + _TILE]
            tile[: part.shape[0], : part.shape[1]] = part
            yield tile


def write_label_png(path: Path, nuclei: Exported) -> None:
    """Write a PNG of 16 bits.

    Args:
        path: The file to write.
        nuclei: The nuclei.

    Raises:
        ValueError: There are more than 65,535 nuclei.
    """
    count = len(nuclei.crops)
    if count > _MOST_OF_16_BITS:
        raise ValueError(
            f'a PNG of 16 bits holds 65,535 nuclei, not {count:,}: write a TIFF label image'
        )
    bands = [band.astype(np.uint16) for band in label_bands(nuclei)]
    path.write_bytes(cv2.imencode('.png', np.concatenate(bands))[1].tobytes())
