"""The Data Science Bowl 2018: ``stage1_train/ID/images/ID.png``, ``stage1_train/ID/masks/*.png``.

A set of images none of which has masks, as ``stage1_test``, becomes test images. The images come
without patients or slides, so a split can't keep these together; only images of equal pixels stay
on one side. Some images are neighbouring crops of one field of view: take validation scores on
this set as an upper bound, or give ``--group`` a pattern of your own.
"""

from __future__ import annotations

from dataclasses import replace

from mmnuc.annotations.names import distinct_names
from mmnuc.converters.mask_files import Unit, find_units, list_units
from mmnuc.converters.record import Listing, Record, SourceFault
from mmnuc.converters.source import Tree, parent_of

# The Bowl's tables of true masks, which come beside the images.
_TABLES = ('labels.csv', 'solution.csv')


def find(tree: Tree) -> Listing:
    """List the images of one or several stages.

    Args:
        tree: The zip or folder of a stage, or a folder with several stages in it.

    Returns:
        Training images with their masks, test images without.

    Raises:
        UserError: There are no images.
    """
    stages: dict[str, list[Unit]] = {}
    for unit in find_units(tree):
        stages.setdefault(parent_of(unit.folder), []).append(unit)
    if not stages:
        raise tree.refusal('ID/images/ID.png with ID/masks/*.png')
    records: list[Record] = []
    faults: list[SourceFault] = []
    for units in stages.values():
        found, wrong = list_units(units, is_test=all(unit.masks is None for unit in units))
        records += found
        faults += wrong
    if all(record.annotation is None for record in records):
        faults += [
            SourceFault('passed-over', name, 'masks in a table are not read; they are in masks/')
            for name in tree.names
            if name.lower().endswith(_TABLES)
        ]
    return Listing(tuple(_apart(records)), tuple(faults))


def _apart(records: list[Record]) -> list[Record]:
    """Keep the folders of images that have one name."""
    paths = [record.image.name.replace('/images/', '/') for record in records]
    names = distinct_names(paths)
    return [replace(record, file_name=name) for record, name in zip(records, names, strict=True)]
