"""A zip of regions as ImageJ's ROI Manager opens it, one for each nucleus.

Outlines follow the edges of the pixels, as ImageJ's own traced ones do. A nucleus in one part
without holes is a traced region; any other is a composite. ``group`` is the class counted from 1
(ImageJ colours it), and the properties hold ``class`` and ``score``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.annotations.imagej_roi import CLASS, SCORE
from mmnuc.export.exported import Exported, chunks
from mmnuc.export.outlines import Polygon, outlines

# The same nuclei give the same file.
_DATE = (1980, 1, 1, 0, 0, 0)
# Larger whole coordinates do not fit the format; as fractions they do.
_LARGEST = 32_767
_MOST_GROUPS = 255


def write_roi_zip(path: Path, nuclei: Exported) -> None:
    """Write a zip of regions; nuclei without pixels are left out.

    Args:
        path: The file to write.
        nuclei: The nuclei.
    """
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in regions(nuclei):
            archive.writestr(zipfile.ZipInfo(f'{name}.roi', _DATE), content, zipfile.ZIP_DEFLATED)


def regions(nuclei: Exported) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of the region of each nucleus.

    Example:
        >>> from mmnuc.structures import Nuclei
        >>> from roifile import ImagejRoi
        >>> one = Nuclei.from_label_map(np.ones((1, 2), int))
        >>> [(name, ImagejRoi.frombytes(data).coordinates().tolist())
        ...  for name, data in regions(one)]
        [('000001', [[0, 0], [2, 0], [2, 1], [0, 1]])]
    """
    for numbers, chunk in chunks(nuclei):
        labels, scores = chunk.labels.tolist(), np.asarray(chunk.scores, np.float64).tolist()
        traced = outlines(chunk.crops)
        for number, polygons, label, score in zip(
            numbers.tolist(), traced, labels, scores, strict=True
        ):
            roi = _region(polygons)
            roi.name = f'{number:06}'
            roi.group = min(label + 1, _MOST_GROUPS)
            roi.props = f'{CLASS}: {chunk.class_names[label]}\n{SCORE}: {round(score, 6)}\n'
            yield roi.name, roi.tobytes()


def _region(polygons: list[Polygon]) -> Any:
    from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

    rings = [ring[:-1] for polygon in polygons for ring in polygon]
    corners = np.concatenate(rings)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    if len(rings) == 1:
        fractions = int(corners.max()) > _LARGEST
        roi = ImagejRoi.frompoints(corners.astype(np.float32 if fractions else np.int32))
        roi.roitype = ROI_TYPE.TRACED
        # Where the outline ends; the library counts one more.
        roi.right, roi.bottom = right, bottom
        roi.options &= ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        return roi
    path = [value for ring in rings for value in _steps(ring)]
    return ImagejRoi(
        roitype=ROI_TYPE.RECT,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        shape_roi_size=len(path),
        multi_coordinates=np.array(path, np.float32),
    )


def _steps(ring: list[list[int]]) -> Iterator[float]:
    """A ring as Java's PathIterator: move (0), lines (1), close (4)."""
    for place, (x, y) in enumerate(ring):
        yield from (float(place > 0), float(x), float(y))
    yield 4.0
