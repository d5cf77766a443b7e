"""The formats by name, and the one call that converts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmnuc.converters import annotation_files, coco, dsb2018, label_maps, monuseg, vrdl2021
from mmnuc.converters.build import ConversionOptions, build, check_destination
from mmnuc.converters.record import Listing
from mmnuc.converters.report import IntegrityReport
from mmnuc.converters.source import Tree, open_tree
from mmnuc.errors import UserError


@dataclass(frozen=True)
class SourceFormat:
    """A format that can be read.

    Args:
        find: Lists what is in a source.
        content: What the source looks like, in a line.
        patterns: Which of ``images`` and ``labels`` may be given to ``find``.
        reads: Whether ``find`` looks into images, and takes how to: ``reading``.
    """

    find: Callable[..., Listing]
    content: str
    patterns: tuple[str, ...] = ()
    reads: bool = False


def _in_tree(find: Callable[..., Listing]) -> Callable[..., Listing]:
    def find_in(src: str, **patterns: str) -> Listing:
        tree: Tree = open_tree(src)
        return find(tree, **patterns)

    return find_in


FORMATS: dict[str, SourceFormat] = {
    'vrdl2021': SourceFormat(
        _in_tree(vrdl2021.find), 'train/NAME/{images,masks}/*.png, test/*.png'
    ),
    'dsb2018': SourceFormat(_in_tree(dsb2018.find), 'stage1_train/ID/{images,masks}/*.png'),
    'monuseg': SourceFormat(_in_tree(monuseg.find), 'NAME.tif, NAME.xml (Aperio outlines)'),
    'label-maps': SourceFormat(
        _in_tree(label_maps.find),
        'images/NAME.*, labels/NAME.{png,tif,npy,mat}',
        ('images', 'labels'),
    ),
    'geojson': SourceFormat(
        _in_tree(annotation_files.find_geojson),
        'NAME.*, NAME.geojson (QuPath)',
        ('images', 'labels'),
    ),
    'imagej-roi': SourceFormat(
        _in_tree(annotation_files.find_rois),
        'NAME.*, NAME.zip or NAME.roi (ImageJ, Fiji)',
        ('images', 'labels'),
    ),
    'cellpose': SourceFormat(
        _in_tree(annotation_files.find_cellpose),
        'NAME.*, NAME_seg.npy, NAME_cp_masks.* or NAME_masks.*',
        ('images', 'labels'),
    ),
    'hovernet': SourceFormat(
        _in_tree(annotation_files.find_hovernet),
        'NAME.*, NAME.json (HoVer-Net, CellViT)',
        ('images', 'labels'),
    ),
    'coco': SourceFormat(coco.find, 'a COCO json and its images', ('images',), True),
}


def convert(
    name: str,
    src: str | os.PathLike[str],
    dst: str | os.PathLike[str],
    options: ConversionOptions = ConversionOptions(),  # noqa: B008 - frozen
    **patterns: str,
) -> IntegrityReport:
    """Convert a data set.

    Args:
        name: A key of :data:`FORMATS`.
        src: The zip, folder or file to read.
        dst: The folder to make.
        options: How.
        patterns: ``images`` and ``labels``, for the formats that take them.

    Returns:
        What was written and found.

    Raises:
        UserError: There is no such format, the source is not of this format or has bad files, or
            the folder is in use.
    """
    if name not in FORMATS:
        raise UserError(f'unknown format {name}; known are {", ".join(FORMATS)}')
    foreign = sorted(patterns.keys() - set(FORMATS[name].patterns))
    if foreign:
        raise UserError(f'{name} takes no --{foreign[0]}: it knows where its files are')
    check_destination(Path(dst), options.overwrite)
    if Path(src).resolve().is_relative_to(Path(dst).resolve()):
        raise UserError(f'{src} lies in {dst}, which is to be made; name another folder')
    given: dict[str, Any] = {**patterns}
    if FORMATS[name].reads:
        given['reading'] = options.reading
    return build(name, FORMATS[name].find(os.fspath(src), **given), Path(dst), options)
