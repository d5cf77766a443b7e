"""Aperio ImageScope's XML: outlines that count pixels from 1, as MoNuSeg publishes them.

Regions are polygons (type 0), rectangles (1) and ellipses in the box of their corners (2);
``NegativeROA="1"`` is a hole in the region around it. Arrows, rulers and points are passed over.

The centre of the first pixel is at 1. COCO's rule puts that centre at 0.5, so outlines are moved by
(-1, -1) to count from 0 and by half a pixel to the corner, and polygons are then filled by COCO's
rule: a pixel is inside if its centre is. That is MATLAB's ``poly2mask``, with which the challenge
made its masks: wherever outlines don't overlap, the masks of the VRDL homework come out pixel for
pixel. There, of overlapping outlines the first in the file keeps the shared pixels; here each
nucleus stays whole.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmnuc.annotations.annotations import (
    AnnotationError,
    Annotations,
    counted,
    of_one_class,
    refuse_marks,
)
from mmnuc.annotations.fill import (
    Corners,
    Piece,
    crops_of,
    fill_ellipse,
    fill_polygon,
    ring_of,
    without,
)
from mmnuc.ops.codecs.polygons import polygons_to_crops

# Counting from 1 becomes counting from 0; pixel centres at whole numbers become corners there.
_TO_CORNERS = -1.0 + 0.5
_KINDS = {'': 'polygon', '0': 'polygon', 'polygon': 'polygon', 'freehand': 'polygon'} | {
    '1': 'rectangle',
    'rectangle': 'rectangle',
    '2': 'ellipse',
    'ellipse': 'ellipse',
}
_NAMES = {'3': 'an arrow', '4': 'a ruler', '5': 'a point'}
_MOST_NAMED = 5
_LEAST = {'polygon': 3, 'rectangle': 2, 'ellipse': 2}


@dataclass(frozen=True)
class AperioRegion:
    """One region of a file.

    Args:
        where: What to call it.
        kind: ``polygon``, ``rectangle`` or ``ellipse``; the file's type of anything else.
        is_hole: Whether it is taken out of the region around it.
        corners: x and y as they stand in the file, of shape (n, 2).
    """

    where: str
    kind: str
    is_hole: bool
    corners: Corners


def read_aperio(data: bytes, height: int, width: int) -> Annotations:
    """Read the nuclei of an image.

    Args:
        data: The file's content.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Returns:
        The nuclei, all of one class. Those of too few points are empty masks.

    Raises:
        AnnotationError: The file is no Aperio annotation, or an outline can't be meant.

    Example:
        >>> corners = ''.join(f'<Vertex X="{x}" Y="{y}"/>' for x, y in ((1, 1), (3, 1), (3, 3)))
        >>> region = f'<Region Type="1"><Vertices>{corners}</Vertices></Region>'
        >>> xml = f'<Annotations><Annotation><Regions>{region}</Regions></Annotation></Annotations>'
        >>> read_aperio(xml.encode(), 9, 9).crops.boxes_xyxy.tolist()
        [[0, 0, 2, 2]]
    """
    notes: Counter[str] = Counter()
    nuclei, holes = [], []
    for region in read_regions(data):
        if region.kind not in _LEAST:
            notes[region.kind] += 1
        elif region.is_hole:
            holes.append(region)
        else:
            nuclei.append(region)
    refuse_marks(len(nuclei), notes, [_NAMES['5']])
    pieces = _fill_all(nuclei, height, width)
    for hole, gone in zip(holes, _fill_all(holes, height, width), strict=True):
        if not _cut_out(pieces, gone):
            notes[f'{hole.where} is negative, with nothing around it'] += 1
    told = [f'passed over {counted(number, "region")}: {text}' for text, number in notes.items()]
    layers = _layer_names(data)
    if len(layers) > 1:
        told.append(f'its layers {", ".join(layers[:_MOST_NAMED])} are taken for one class')
    return of_one_class(crops_of(pieces, height, width), [region.where for region in nuclei], told)


def read_regions(data: bytes) -> list[AperioRegion]:
    """Read the regions of an Aperio file as they stand there.

    Args:
        data: XML with ``Region`` elements that hold ``Vertex`` elements.

    Raises:
        AnnotationError: The file is cut off, no Aperio annotation, or a coordinate can't be meant.
    """
    try:
        root = ElementTree.fromstring(data)
        given = [
            (region, [(float(v.attrib['X']), float(v.attrib['Y'])) for v in region.iter('Vertex')])
            for region in root.iter('Region')
        ]
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise AnnotationError(f'no Aperio annotation: {error!r}') from None
    if root.tag != 'Annotations':
        raise AnnotationError(f'starts with <{root.tag}>, not <Annotations>')
    return [
        _region(f'region {number}', region, points)
        for number, (region, points) in enumerate(given, 1)
    ]


def _layer_names(data: bytes) -> list[str]:
    """The names of the layers with regions, by their own or, as in MoNuSAC, their attribute's."""
    found: dict[str, None] = {}
    for layer in ElementTree.fromstring(data).iter('Annotation'):
        attribute = layer.find('Attributes/Attribute')
        names = [layer.get('Name'), None if attribute is None else attribute.get('Name')]
        name = next((text.strip() for text in names if text and text.strip()), '')
        if name and layer.find('.//Region') is not None:
            found[name] = None
    return list(found)


def _region(
    where: str, element: ElementTree.Element, points: list[tuple[float, float]]
) -> AperioRegion:
    kind = element.get('Type', '').strip().lower()
    kind = _KINDS.get(kind) or _NAMES.get(kind, f'type {kind}')
    is_hole = element.get('NegativeROA', '0').strip().lower() in ('1', 'true')
    corners = ring_of(points, where, least=1) if points else np.zeros((0, 2))
    return AperioRegion(where, kind, is_hole, corners)


def _fill_all(regions: Sequence[AperioRegion], height: int, width: int) -> list[Piece]:
    """Fill regions; polygons all at once, by COCO's rule."""
    pieces = [_fill(region, height, width) for region in regions]
    near = [i for i, region in enumerate(regions) if _is_plain(region, height, width)]
    outlines = [[(regions[i].corners + _TO_CORNERS).reshape(-1)] for i in near]
    crops = polygons_to_crops(outlines, height, width)
    for place, i in enumerate(near):
        x1, y1, x2, y2 = (int(side) for side in crops.boxes_xyxy[place])
        pieces[i] = (x1, y1, x2, y2), crops.crop(place)
    return pieces


def _is_plain(region: AperioRegion, height: int, width: int) -> bool:
    """Whether a region is a polygon near the image: COCO's rule walks along all of an outline."""
    corners, size = region.corners, np.array([width, height])
    return bool(
        region.kind == 'polygon'
        and len(corners) >= _LEAST['polygon']
        and (corners > -size).all()
        and (corners < 2 * size + 1).all()
    )


def _fill(region: AperioRegion, height: int, width: int) -> Piece:
    corners = region.corners + _TO_CORNERS
    if len(corners) < _LEAST[region.kind] or _is_plain(region, height, width):
        return fill_polygon([], height, width)
    if region.kind == 'polygon':
        return fill_polygon([corners], height, width)
    (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
    if region.kind == 'ellipse':
        return fill_ellipse(x1, y1, x2, y2, height, width)
    if len(corners) > 2:
        return fill_polygon([corners], height, width)
    return fill_polygon([np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])], height, width)


def _cut_out(pieces: list[Piece], hole: Piece) -> bool:
    """Take a hole out of every region that holds most of it; say whether there was one."""
    size, found = int(hole[1].sum()), False
    for i, piece in enumerate(pieces):
        if not _meet(piece, hole):
            continue
        left_over = without(piece, hole)
        if 2 * (int(piece[1].sum()) - int(left_over[1].sum())) > size:
            pieces[i], found = left_over, True
    return found


def _meet(one: Piece, other: Piece) -> bool:
    (x1, y1, x2, y2), (u1, v1, u2, v2) = one[0], other[0]
    return x1 < u2 and u1 < x2 and y1 < v2 and v1 < y2
