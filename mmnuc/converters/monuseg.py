"""MoNuSeg as published: ``NAME.tif`` and ``NAME.xml`` with Aperio ImageScope outlines.

:mod:`mmnuc.annotations.aperio` says how outlines become masks. Overlapping nuclei stay whole here,
and the overlap is reported.
"""

from __future__ import annotations

from dataclasses import replace

from mmnuc.annotations.names import distinct_names
from mmnuc.converters.annotation_files import AnnotationFile
from mmnuc.converters.pairing import files_in, pair
from mmnuc.converters.record import Listing, Record
from mmnuc.converters.source import File, Tree


def find(tree: Tree) -> Listing:
    """List the images and the outlines of the same name, wherever they lie.

    Args:
        tree: The zip or folder. One without any outlines gives test images.

    Returns:
        The images with their outlines.

    Raises:
        UserError: There are no images.
    """
    # Copies in other formats, such as overlays, lie beside the published images now and then.
    images = files_in(tree, '*', ('.tif', '.tiff')) or {file.name: file for file in tree.pictures()}
    if not images:
        raise tree.refusal('NAME.tif with NAME.xml')
    outlines = files_in(tree, '*', ('.xml',))
    if not outlines:
        names = distinct_names(images)
        records = (Record(file, name) for file, name in zip(images.values(), names, strict=True))
        return Listing(tuple(records), group='tcga-patient')
    return replace(pair(images, outlines, _outlines), group='tcga-patient')


def _outlines(file: File) -> AnnotationFile:
    return AnnotationFile(file, 'aperio')
