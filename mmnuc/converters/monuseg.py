"""MoNuSeg as published: ``NAME.tif`` and ``NAME.xml`` with Aperio ImageScope outlines.

The outlines count pixels from 1, with the centre of the first pixel at 1. COCO's rule puts that
centre at 0.5, so the outlines are moved by (-1, -1) to count from 0 and by half a pixel to the
corner, and then filled by COCO's rule: a pixel is inside if its centre is. That is MATLAB's
``poly2mask``, with which the challenge made its masks: wherever outlines don't overlap, the masks
of the VRDL homework come out pixel for pixel. There, of overlapping outlines the first in the file
keeps the shared pixels; here each nucleus stays whole and the overlap is reported.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.record import Listing, Mask, Record, SourceError, SourceFault, masks_of
from mmnuc.converters.source import File, Tree
from mmnuc.images import SUFFIXES
from mmnuc.ops.codecs.polygons import polygons_to_crops

# Counting from 1 becomes counting from 0; pixel centres at whole numbers become corners there.
_TO_CORNERS = -1.0 + 0.5


@dataclass(frozen=True)
class Outlines:
    """The annotation of an image as one Aperio file."""

    file: File

    def __len__(self) -> int:
        return 1

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask inside each outline.

        Raises:
            SourceError: The file is no Aperio annotation.
        """
        wheres, polygons = [], []
        for number, corners in enumerate(read_outlines(self.file), 1):
            where = f'{self.file.name}, region {number}'
            if len(corners) < 3:
                yield SourceFault('degenerate-outline', where, f'{len(corners)} points')
            else:
                wheres.append(where)
                polygons.append([(corners + _TO_CORNERS).reshape(-1)])
        for mask in masks_of(polygons_to_crops(polygons, height, width), wheres):
            if mask.pixels.size:
                yield mask
            else:
                yield SourceFault('degenerate-outline', mask.where, 'no pixel of the image inside')


def read_outlines(file: File) -> list[NDArray[np.float64]]:
    """Read the outlines of an Aperio file.

    Args:
        file: An XML file with ``Region`` elements that hold ``Vertex`` elements.

    Returns:
        Corners of each outline, of shape (n, 2): x and y as they stand in the file.

    Raises:
        SourceError: The file is cut off, or no Aperio annotation.
    """
    try:
        root = ElementTree.fromstring(file.read())
        outlines = [
            [(float(v.attrib['X']), float(v.attrib['Y'])) for v in region.iter('Vertex')]
            for region in root.iter('Region')
        ]
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise SourceError('unreadable', file.name, f'no Aperio annotation: {error!r}') from None
    if root.tag != 'Annotations':
        raise SourceError('unreadable', file.name, f'starts with <{root.tag}>, not <Annotations>')
    if not all(math.isfinite(value) for outline in outlines for xy in outline for value in xy):
        raise SourceError('unreadable', file.name, 'coordinates that are no numbers')
    return [np.array(outline, np.float64).reshape(-1, 2) for outline in outlines]


def find(tree: Tree) -> Listing:
    """List the images and the outlines of the same name, wherever they lie.

    Args:
        tree: The zip or folder. One without any outlines gives test images.

    Returns:
        The images with their outlines.

    Raises:
        UserError: There are no images.
    """
    images, outlines = _by_stem(tree, ('.tif', '.tiff')), _by_stem(tree, ('.xml',))
    # Copies in other formats, such as overlays, lie beside the published images now and then.
    images = images or _by_stem(tree, SUFFIXES)
    if not images:
        raise tree.refusal('NAME.tif with NAME.xml')
    records, faults = [], []
    for stem in sorted(images | outlines):
        try:
            record = _pair(images.get(stem, []), outlines.get(stem, []))
            if record.annotation is None and outlines:
                raise SourceError('image-without-masks', record.image.name, f'no {stem}.xml')
            records.append(record)
        except SourceError as error:
            faults.append(error.fault)
    return Listing(tuple(records), tuple(faults), group='tcga-patient')


def _by_stem(tree: Tree, suffixes: Collection[str]) -> dict[str, list[File]]:
    files: dict[str, list[File]] = {}
    for file in map(tree.file, tree.names):
        if file.suffix in suffixes:
            files.setdefault(file.stem, []).append(file)
    return files


def _pair(images: list[File], outlines: list[File]) -> Record:
    if not images:
        raise SourceError('masks-without-image', outlines[0].name, 'no image of this name')
    for files in (images, outlines):
        if len(files) > 1:
            names = ', '.join(file.name for file in files)
            raise SourceError('ambiguous', files[0].name, f'several files of this name: {names}')
    file_name = images[0].name.rpartition('/')[2]
    return Record(images[0], file_name, Outlines(outlines[0]) if outlines else None)
