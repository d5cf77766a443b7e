"""Label images: nucleus ``i`` is written as the number ``i + 1``, one owner a pixel."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from mmnuc.export.exported import Exported
from mmnuc.export.png import write_png
from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs.label_map import crops_to_label_map
from mmnuc.ops.crops.geometry import crop
from mmnuc.ops.overlap.resolve import resolve_overlaps

_MOST_OF_16_BITS = 65_535
_TILE = 512
_NAMESPACE = uuid.UUID('5a4d7c6e-0d1b-5f0a-8c53-6c3d2b1f9e20')
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


def write_label_tiff(path: Path, nuclei: Exported, description: str = '') -> None:
    """Write a tiled TIFF, deflated: 16 bits up to 65,535 nuclei, else 32.

    Where it is known, the size of a pixel is written as the resolution, which ImageJ reads, and
    in the OME-XML of the file's description, which Bio-Formats, QuPath and tifffile read.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        description: What was read, for the OME-XML.
    """
    kind = np.uint16 if len(nuclei.crops) <= _MOST_OF_16_BITS else np.uint32
    height, width = nuclei.crops.height, nuclei.crops.width
    size = nuclei.pixel_size
    per_centimetre = None if size is None else (1e4 / size.x, 1e4 / size.y)
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
        description=_ome_xml((height, width), kind, size, description),
    )


def _ome_xml(
    size_hw: tuple[int, int],
    kind: type[np.unsignedinteger],
    size: PixelSize | None,
    description: str,
) -> bytes | None:
    """The description of the file as OME-XML, the same for the same; None with nothing to say.

    Source: OME data model 2016-06, written by tifffile.
    """
    about: dict[str, Any] = {}
    if description:
        about['Description'] = description
    if size is not None:
        about |= {'PhysicalSizeX': size.x, 'PhysicalSizeXUnit': 'µm'}
        about |= {'PhysicalSizeY': size.y, 'PhysicalSizeYUnit': 'µm'}
    if not about:
        return None
    identity = uuid.uuid5(_NAMESPACE, f'{size_hw} {size} {description}')
    xml = tifffile.OmeXml(UUID=f'urn:uuid:{identity}', Creator='mmnuc')
    xml.addimage(
        np.dtype(kind).name, size_hw, (1, 1, 1, *size_hw, 1), axes='YX', Name='nuclei', **about
    )
    encoded: bytes = xml.tostring(declaration=True).encode()
    return encoded


def _tiles(nuclei: Exported, kind: type[np.unsignedinteger]) -> Iterator[NDArray[np.integer]]:
    """Give tile after tile, row by row; what lies outside the image is zero."""
    for band in label_bands(nuclei):
        for left in range(0, band.shape[1], _TILE):
            tile = np.zeros((_TILE, _TILE), kind)
            part = band[:, left : left + _TILE]
            tile[: part.shape[0], : part.shape[1]] = part
            yield tile


def write_label_png(path: Path, nuclei: Exported, description: str = '') -> None:
    """Write a PNG of 16 bits.

    Args:
        path: The file to write.
        nuclei: The nuclei.
        description: What was read, for a text chunk.

    Raises:
        ValueError: There are more than 65,535 nuclei.
    """
    count = len(nuclei.crops)
    if count > _MOST_OF_16_BITS:
        raise ValueError(
            f'a PNG of 16 bits holds 65,535 nuclei, not {count:,}: write a TIFF label image'
        )
    bands = [band.astype(np.uint16) for band in label_bands(nuclei)]
    write_png(path, np.concatenate(bands), description, nuclei.pixel_size)
