"""ImageJ's and Fiji's regions of interest: a ``.roi`` file, or a zip of them (``RoiSet.zip``).

Polygons, freehand and traced outlines, rectangles, ovals and composites (with holes, by the rule of
odd and even) are nuclei; points, lines, angles, texts and pictures are passed over. Coordinates
count from the corner of the first pixel. Cellpose writes outlines through the centres of border
pixels instead (``a_rois.zip``): these are told by their steps, from pixel to pixel on the diagonal
too, and filled with their border.

Source: https://imagej.net/ij/developer/source/ij/io/RoiDecoder.java.html, read by ``roifile``.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from mmnuc.annotations.annotations import (
    NUCLEUS,
    AnnotationError,
    Annotations,
    counted,
    numbered_classes,
    refuse_marks,
    unused_scores,
)
from mmnuc.annotations.fill import (
    Corners,
    Piece,
    crops_of,
    fill_contour,
    fill_ellipse,
    fill_polygon,
    ring_of,
)

# Properties of a region that our own writer states.
CLASS, SCORE = 'class', 'score'

_LARGEST = 1 << 26
_AREAS = ('POLYGON', 'FREEHAND', 'TRACED')
_BOXES = ('RECT', 'OVAL')
_CELLPOSE_SHARE = 0.9
# Corners of a quarter of a circle.
_STEPS = 17


@dataclass(frozen=True)
class _Region:
    """One region that encloses something."""

    where: str
    roi: Any
    rings: list[Corners]


def read_imagej_rois(data: bytes, height: int, width: int) -> Annotations:
    """Read the nuclei of an image.

    Args:
        data: Content of a ``.roi`` file or of a zip of them.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The nuclei, with the classes and scores that our own files state as properties.

    Raises:
        AnnotationError: A region is damaged or of a kind that can't be read, or the regions belong
            to several slices of a stack.

    Example:
        >>> from roifile import ImagejRoi
        >>> square = ImagejRoi.frompoints([[1, 1], [3, 1], [3, 3], [1, 3]])
        >>> read_imagej_rois(square.tobytes(), 9, 9).crops.boxes_xyxy.tolist()
        [[1, 1, 3, 3]]
    """
    passed: Counter[str] = Counter()
    regions = list(_regions(_members(data), passed))
    notes = [f'passed over {counted(n, "region")}: {what}' for what, n in passed.items()]
    notes += _slices(regions)
    refuse_marks(len(regions), passed, ['point'])
    through_centres = _are_contours(regions)
    if through_centres:
        notes.append('outlines run through the centres of pixels, as those of Cellpose do')
    pieces = [_fill(region, through_centres, height, width) for region in regions]
    properties = [_properties(region.roi.props) for region in regions]
    labels, classes = numbered_classes([own.get(CLASS) or NUCLEUS for own in properties])
    scores = [_number(own.get(SCORE)) for own in properties]
    known = [score for score in scores if score is not None]
    notes += unused_scores(scores)
    return Annotations(
        crops_of(pieces, height, width),
        labels,
        classes,
        np.array(known) if known and len(known) == len(scores) else None,
        tuple(region.where for region in regions),
        tuple(notes),
    )


def class_names_of_rois(data: bytes) -> tuple[str, ...]:
    """The classes that our own files state, in the order in which they occur.

    Raises:
        AnnotationError: A region is damaged or of a kind that can't be read.
    """
    regions = _regions(_members(data), Counter())
    return tuple(dict.fromkeys(_properties(r.roi.props).get(CLASS) or NUCLEUS for r in regions))


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the regions."""
    if data[:4] == b'Iout':
        yield 'the region', data
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if _is_roi(info.filename)]
            # Not unpacked beyond this: a few bytes of a zip may stand for gigabytes.
            if sum(info.file_size for info in infos) > max(_LARGEST, 100 * len(data)):
                raise AnnotationError('unpacks to more than regions of an image need')
            if not infos:
                raise AnnotationError('is a zip without .roi files')
            for info in infos:
                name = PurePosixPath(info.filename.replace('\\', '/')).stem
                yield f'region {name}', archive.read(info)
    except AnnotationError:
        raise
    except Exception as error:  # damaged archives raise what their bytes happen to lead to
        raise AnnotationError(f'is neither an ImageJ region nor a zip of them: {error}') from None


def _is_roi(name: str) -> bool:
    """Whether a member of a zip is a region, and not what a Mac keeps beside it (``._1.roi``)."""
    path = PurePosixPath(name.replace('\\', '/'))
    return path.suffix.lower() == '.roi' and not path.name.startswith('.')


def _regions(members: Iterator[tuple[str, bytes]], passed: Counter[str]) -> Iterator[_Region]:
    from roifile import ROI_SUBTYPE, ImagejRoi

    for where, content in members:
        try:
            roi = ImagejRoi.frombytes(content)
            kind = roi.roitype.name
            if roi.subtype in (ROI_SUBTYPE.TEXT, ROI_SUBTYPE.IMAGE):
                passed[roi.subtype.name.lower()] += 1
                continue
            if kind not in (*_AREAS, *_BOXES):
                passed[kind.lower()] += 1
                continue
            outlines = roi.coordinates(multi=True)
        # The library raises whatever a damaged file happens to trip over.
        except Exception as error:
            raise AnnotationError(f'{where} can not be read: {error}') from None
        yield _Region(where, roi, [ring_of(ring, where, least=1) for ring in outlines])


def _slices(regions: Sequence[_Region]) -> list[str]:
    """Say which slice regions belong to, if not the first."""
    slices = {
        (r.roi.position, r.roi.c_position, r.roi.z_position, r.roi.t_position) for r in regions
    }
    places = sorted({max(numbers) for numbers in slices} - {0})
    if len(slices) > 1 and len(places) > 1:
        shown = ', '.join(map(str, places[:5]))
        raise AnnotationError(f'its regions belong to several slices of a stack: {shown}')
    if places and places[-1] > 1:
        return [f'the regions belong to slice {places[-1]} of a stack']
    return []


def _are_contours(regions: Sequence[_Region]) -> bool:
    """Whether outlines step from pixel to pixel, as OpenCV's contours of masks do."""
    steps = [
        np.abs(np.diff(ring, axis=0, append=ring[:1]))
        for region in regions
        if region.roi.roitype.name == 'FREEHAND' and region.roi.subpixel_coordinates is None
        for ring in region.rings
    ]
    if not steps or len(steps) < len(regions):
        return False
    unit = [bool((step.max(axis=1) <= 1).all()) for step in steps]
    diagonal = any(bool((step.min(axis=1) == 1).any()) for step in steps)
    return diagonal and float(np.mean(unit)) >= _CELLPOSE_SHARE


def _fill(region: _Region, through_centres: bool, height: int, width: int) -> Piece:
    roi = region.roi
    if through_centres:
        return fill_contour(region.rings[0], height, width)
    if roi.roitype.name not in _BOXES or roi.composite:
        rings = [ring for ring in region.rings if len(ring) >= 3]
        return fill_polygon(rings, height, width)
    x1, y1, x2, y2 = roi.left, roi.top, roi.right, roi.bottom
    if roi.subpixelrect:
        x1, y1, x2, y2 = roi.xd, roi.yd, roi.xd + roi.widthd, roi.yd + roi.heightd
    box = ring_of([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], region.where)
    if roi.roitype.name == 'OVAL':
        return fill_ellipse(x1, y1, x2, y2, height, width)
    return fill_polygon([_rounded(box, roi.rounded_rect_arc_size)], height, width)


def _rounded(box: Corners, arc: float) -> Corners:
    """Round the corners of a rectangle.

    Args:
        box: Its corners, the upper left one first, clockwise.
        arc: Diameter of the circles in its corners, as ImageJ states it; 0 for none.
    """
    (x1, y1), (x2, y2) = box.min(axis=0), box.max(axis=0)
    rx, ry = min(arc, x2 - x1) / 2, min(arc, y2 - y1) / 2
    if arc <= 0:
        return box
    turns = np.linspace(0, np.pi / 2, _STEPS)
    parts = [
        np.stack([x + rx * np.cos(turns + start), y + ry * np.sin(turns + start)], axis=1)
        for x, y, start in (
            (x2 - rx, y2 - ry, 0.0),
            (x1 + rx, y2 - ry, np.pi / 2),
            (x1 + rx, y1 + ry, np.pi),
            (x2 - rx, y1 + ry, 3 * np.pi / 2),
        )
    ]
    return np.concatenate(parts)


def _properties(text: str) -> dict[str, str]:
    pairs = (line.partition(':') for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or '')
    except ValueError:
        return None
    return value if np.isfinite(value) else None
