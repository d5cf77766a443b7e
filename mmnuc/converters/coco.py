"""A COCO file from elsewhere, checked and brought into the project's form.

Every spelling of a mask becomes compressed run lengths; boxes and areas are computed from the
masks; annotations are numbered anew from 1. Ids of images and classes stay where they are numbers,
and the crowd flag. A file without ``annotations`` gives test images.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mmnuc.coco.faults import CocoFault, shown_name
from mmnuc.coco.ids import whole_number
from mmnuc.coco.images import CocoImage
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.converters.coco_places import Places
from mmnuc.converters.record import (
    LOSING,
    Listing,
    Mask,
    Record,
    SourceError,
    SourceFault,
    masks_of,
)
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.reading import Reading
from mmnuc.ops.arrays import BoolArray, F64Array, I64Array, U8Array
from mmnuc.ops.codecs.rle import strings_to_crops

# Boxes around outlines may end anywhere inside the pixels at the border.
_BOX_TOLERANCE = 2.0
_AREA_TOLERANCE = 0.1
_BY_THE_FILE = Reading()


@dataclass(frozen=True, eq=False)
class CocoAnnotations:
    """The annotations of an image, some 100 bytes each.

    Args:
        file: The json.
        labels: What messages call the N annotations, each a line.
        text: Bytes of all compressed masks.
        offsets: Where each mask starts, of shape (N + 1,).
        categories: Category id of each, of shape (N,).
        crowds: Whether it is a crowd, of shape (N,).
        ignored: Whether it is marked to be left out, of shape (N,).
        boxes_xywh: What the json says of its box, of shape (N, 4).
        areas: What it says of its area, of shape (N,).
    """

    file: str
    labels: str
    text: U8Array
    offsets: I64Array
    categories: I64Array
    crowds: BoolArray
    ignored: BoolArray
    boxes_xywh: F64Array
    areas: F64Array

    def __len__(self) -> int:
        return 1

    @property
    def count(self) -> int:
        """How many annotations there are."""
        return len(self.categories)

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask of each annotation, and what its other fields had wrong."""
        crops = strings_to_crops(self.text, self.offsets, height, width)
        wheres = [f'{self.file}, {label}' for label in self.labels.split('\n')[: self.count]]
        for row, mask in enumerate(masks_of(crops, wheres)):
            own = replace(
                mask,
                category_id=int(self.categories[row]),
                iscrowd=int(self.crowds[row]),
                ignore=int(self.ignored[row]),
            )
            yield own
            if own.ignore:
                yield SourceFault('marked-ignore', own.where)
            yield from _corrections(self.boxes_xywh[row].tolist(), float(self.areas[row]), own)


def find(
    src: str | os.PathLike[str], images: str | None = None, reading: Reading = _BY_THE_FILE
) -> Listing:
    """List the images of a COCO file.

    Args:
        src: The json file, or a folder or zip with a single json file in it.
        images: The folder the names of the images start in; None for the folder of the json file.
        reading: How images are read whose size the json does not say.

    Returns:
        The images with their entries.

    Raises:
        UserError: There is no COCO file, or its tables contradict themselves.
    """
    file = _find_table(Path(src))
    places = Places(file, images, reading)
    table = _read_table(file, places)
    records, faults = [], []
    missing = set()
    known_ids = all(whole_number(image.given) == image.id for image in table.images)
    losing = {fault.image_row for fault in table.faults if fault.kind in LOSING}
    order = np.argsort(table.image_rows, kind='stable')
    ends = np.searchsorted(table.image_rows[order], np.arange(len(table.images) + 1))
    for row, image in enumerate(table.images):
        picture = places.file(image)
        if picture is None:
            missing.add(row)
            name, told = places.sought(image), f'image {shown_name(image.given)} of {file.name}'
            faults.append(SourceFault('missing-image', shown_name(name), told))
            continue
        own = _of_image(file.name, table, order[ends[row] : ends[row + 1]])
        if own.count or row not in losing:
            annotation = own if 'annotations' in table.lists else None
            name, image_id = places.inner_name(picture), image.id if known_ids else None
            size = image.pixel_size and PixelSize(*image.pixel_size, file.name)
            records.append(Record(picture, name, annotation, image_id, _size_hw(image), size))
        else:
            # Kept, it would say that there is no nucleus on it.
            faults.append(SourceFault('all-lost', picture.name))
    faults += _table_faults(file.name, table, missing)
    categories = tuple(
        {**each.entry, 'id': each.id, 'name': each.name} for each in table.categories
    )
    return Listing(tuple(records), tuple(faults), categories)


def _size_hw(image: CocoImage) -> tuple[int, int] | None:
    return (image.height, image.width) if image.height and image.width else None


def _table_faults(file: str, table: CocoTable, missing: Collection[int]) -> list[SourceFault]:
    """What is wrong with annotations, but for those of images that are not there."""
    return [
        SourceFault(fault.kind, f'{file}, {fault.annotation}', _detail(fault))
        for fault in table.faults
        if fault.image_row not in missing
    ]


def _find_table(src: Path) -> File:
    if src.suffix.lower() == '.json' and src.is_file():
        return File(str(src.parent), src.name)
    tree = open_tree(src)
    tables = [name for name in tree.names if name.lower().endswith('.json')]
    if not tables:
        raise tree.refusal('json file')
    if len(tables) > 1:
        raise UserError(f'{src} holds several json files, name one of them: {", ".join(tables)}')
    return tree.file(tables[0])


def _read_table(file: File, places: Places) -> CocoTable:
    path = os.path.join(file.root, file.name)
    try:
        source: str | bytes = path if os.path.isdir(file.root) else file.read()
    except SourceError as error:
        raise UserError(f'{path}: {error.fault.detail}') from None
    rules = TableRules(collect=True)
    table = read_table(source, rules, name=path, before_annotations=places.measure)
    for part, entries in (('images', table.images), ('categories', table.categories)):
        if not entries:
            raise UserError(f'{path} is no COCO file: it has no list "{part}"')
    if 'annotations' not in table.lists:
        places.look(table.images)
    return table


def _of_image(file: str, table: CocoTable, rows: I64Array) -> CocoAnnotations:
    rows = rows[table.category_rows[rows] >= 0]
    ids = np.array([category.id for category in table.categories], np.int64)
    masks = table.rles.take(rows)
    return CocoAnnotations(
        file,
        '\n'.join(table.given_ids.label(row) for row in rows.tolist()),
        masks.text,
        masks.offsets,
        ids[table.category_rows[rows]],
        table.crowds[rows],
        table.ignored[rows],
        table.boxes_xywh[rows],
        table.areas[rows],
    )


def _detail(fault: CocoFault) -> str:
    return f'{fault.image}: {fault.detail}' if fault.image else fault.detail


def _corrections(told: list[float], area: float, mask: Mask) -> Iterator[SourceFault]:
    h, w = mask.pixels.shape
    found = [mask.x, mask.y, w, h]
    if _distance(told, found) > _BOX_TOLERANCE:
        seen = [int(side) if side.is_integer() else side for side in told]
        yield SourceFault('corrected-box', mask.where, f'{seen} became {found}')
    counted = int(mask.pixels.sum())
    if abs(area - counted) > max(5, _AREA_TOLERANCE * counted):
        yield SourceFault('corrected-area', mask.where, f'{area:g} became {counted}')


def _distance(told: Sequence[float], found: Sequence[float]) -> float:
    """Return by how many pixels the sides of two boxes differ at most."""
    sides = [(x, y, x + w, y + h) for x, y, w, h in (told, found)]
    return max((abs(a - b) for a, b in zip(*sides, strict=True)), default=0.0)
