"""The VRDL 2021 homework: ``train/NAME/images``, ``train/NAME/masks``, ``test/NAME.png``.

The ids of the test images are those of ``test_img_ids.json``: the board's order. The masks share
no pixels; they are the MoNuSeg outlines of the same tiles (see :mod:`mmnuc.converters.monuseg`).
"""

from __future__ import annotations

from mmnuc.annotations.pictures import is_picture_name
from mmnuc.coco.reader import read_items
from mmnuc.converters.mask_files import find_units, list_units
from mmnuc.converters.record import Listing, Record, SourceError, SourceFault
from mmnuc.converters.source import File, Tree, parent_of
from mmnuc.errors import UserError

_IDS = 'test_img_ids.json'


def find(tree: Tree) -> Listing:
    """List the homework's images.

    Args:
        tree: The zip, its unpacked folder, or any folder in between.

    Returns:
        Training images with their masks, test images with the board's ids.

    Raises:
        UserError: There are no training images.
    """
    records, faults = list_units(find_units(tree))
    if not records and not faults:
        raise tree.refusal('train/NAME/images/NAME.png with train/NAME/masks/*.png')
    tests, table_faults = _tests(tree)
    return Listing((*records, *tests), (*faults, *table_faults), group='tcga-patient')


def _tests(tree: Tree) -> tuple[list[Record], list[SourceFault]]:
    images: dict[str, File] = {}
    for folder in (name for name in sorted(tree.folders) if name.rpartition('/')[2] == 'test'):
        for file in (file for file in tree.under(folder) if is_picture_name(file.name)):
            other = images.setdefault(file.name.rpartition('/')[2], file)
            if other is not file:
                told = f'two test images of one name: {other.name}, {file.name}'
                return [], [SourceFault('ambiguous', other.name, told)]
    tables = [name for name in tree.names if name.rpartition('/')[2] == _IDS]
    if not tables:
        note = f'no {_IDS}: test images numbered by name, not in the order of the board'
        faults = (
            [SourceFault('no-test-ids', parent_of(next(iter(images.values())).name), note)]
            if images
            else []
        )
        return [Record(file, name) for name, file in images.items()], faults
    try:
        entries = _read_ids(tree.file(tables[0]))
    except SourceError as error:
        return [], [error.fault]
    faults = [
        SourceFault('missing-image', tables[0], f'{name} is not in test/')
        for name in entries
        if name not in images
    ]
    faults += [
        SourceFault('no-test-ids', file.name, f'not in {_IDS}; left out')
        for name, file in images.items()
        if name not in entries
    ]
    records = [
        Record(images[name], name, None, image_id, size)
        for name, (image_id, size) in entries.items()
        if name in images
    ]
    return records, faults


def _read_ids(file: File) -> dict[str, tuple[int, tuple[int, int]]]:
    """Return id and size (height, width) of the test images by their names."""
    try:
        entries = [
            item.value for item in read_items(file.read(), file.name) if item.number is not None
        ]
        return {
            entry['file_name']: (int(entry['id']), (int(entry['height']), int(entry['width'])))
            for entry in entries
        }
    except UserError as error:
        raise SourceError('unreadable', file.name, str(error)) from None
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise SourceError(
            'unreadable', file.name, f'no list of id, file_name, height, width: {error!r}'
        ) from None
