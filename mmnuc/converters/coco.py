"""A COCO file from elsewhere, checked and brought into the project's form.

Every spelling of a mask becomes compressed run lengths; boxes and areas are computed from the
masks; annotations are numbered anew from 1. Ids of images and classes stay where they are numbers,
and the crowd flag. A file without ``annotations`` gives test images.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from mmnuc.coco.faults import CocoFault, shown_name
from mmnuc.coco.ids import whole_number
from mmnuc.coco.images import CocoImage, ImageList, leads_out
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.converters.image import read_image
from mmnuc.converters.record import (
    LOSING,
    Listing,
    Mask,
    Record,
    SourceError,
    SourceFault,
    masks_of,
)
from mmnuc.converters.source import File, open_tree, parent_of
from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.reading import Reading
from mmnuc.ops.arrays import BoolArray, F64Array, I64Array, U8Array
from mmnuc.ops.codecs.rle import strings_to_crops

# Boxes around outlines may end anywhere inside the pixels at the border.
_BOX_TOLERANCE = 2.0
_AREA_TOLERANCE = 0.1
_BY_THE_FILE = Reading()
# Names of folders that hold the json files of images elsewhere.
_OF_TABLES = ('annotations', 'annotation', 'labels', 'json')


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
    places = _Places(file, images, reading)
    table = _read_table(file, places)
    records, faults = [], []
    missing = set()
    losing = {fault.image_row for fault in table.faults if fault.kind in LOSING}
    known_ids = all(whole_number(image.given) == image.id for image in table.images)
    order = np.argsort(table.image_rows, kind='stable')
    ends = np.searchsorted(table.image_rows[order], np.arange(len(table.images) + 1))
    for row, image in enumerate(table.images):
        picture = places.file(image)
        if picture is None:
            missing.add(row)
            faults.append(_missing(file, places, image))
            continue
        own = _of_image(file.name, table, order[ends[row] : ends[row + 1]])
        if not own.count and row in losing:
            # Kept, it would say that there is no nucleus on it.
            faults.append(SourceFault('all-lost', picture.name))
            continue
        size = (image.height, image.width) if image.height and image.width else None
        records.append(
            Record(
                picture,
                places.inner_name(picture),
                own if 'annotations' in table.lists else None,
                image.id if known_ids else None,
                size,
                image.pixel_size and PixelSize(*image.pixel_size, file.name),
            )
        )
    faults += [
        SourceFault(fault.kind, f'{file.name}, {fault.annotation}', _detail(fault))
        for fault in table.faults
        if fault.image_row not in missing
    ]
    categories = tuple(
        {**each.entry, 'id': each.id, 'name': each.name} for each in table.categories
    )
    return Listing(tuple(records), tuple(faults), categories)


def _missing(file: File, places: _Places, image: CocoImage) -> SourceFault:
    told = f'image {shown_name(image.given)} of {file.name}'
    return SourceFault('missing-image', shown_name(places.sought(image)), told)


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


def _read_table(file: File, places: _Places) -> CocoTable:
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


class _Places:
    """Where the images of a file lie.

    Args:
        table: The json.
        given: The folder that the names of the images start in; None to look beside the json.
        reading: How images are read.

    Raises:
        UserError: The folder does not exist.
    """

    def __init__(self, table: File, given: str | None, reading: Reading = _BY_THE_FILE) -> None:
        self.table = table
        self.reading = reading
        if given is not None and not os.path.exists(given):
            raise UserError(f'no such folder: --images {given}')
        self.places = _near(table) if given is None else [(given, '')]
        self.place = self.places[0]

    def look(self, images: Sequence[CocoImage]) -> None:
        """Find the folder that the names of the images start in.

        Raises:
            UserError: No image is in any.
        """
        found = [self._found(place, images) for place in self.places]
        # Of two folders the one that has more of the images, under more of their names.
        self.place = self.places[found.index(max(found))]
        if max(found)[0]:
            return
        if images:
            looked = ', '.join(posixpath.join(*place).rstrip('/') for place in self.places)
            first = shown_name(images[0].file_name)
            if leads_out(images[0].file_name):
                raise UserError(
                    f'{self.table.name}: {images[0]}: its name leads out of {looked}, where '
                    'images are looked for; copy it there, or name its folder with --images'
                )
            raise UserError(
                f'none of the {len(images)} images of {self.table.name} is there, such as {first}; '
                f'looked in {looked}; say where they are with --images'
            )

    def _found(self, place: tuple[str, str], images: Sequence[CocoImage]) -> tuple[int, int]:
        """How many files there are in a folder, and how long their names are, in parts."""
        self.place = place
        files = {file.name for file in map(self.file, images) if file is not None}
        return len(files), sum(len(PurePosixPath(name).parts) for name in files)

    def file(self, image: CocoImage) -> File | None:
        """The file of an image; None where there is none inside of the folder.

        Of a name that leads out of the folder the end is looked for inside of it.
        """
        root, folder = self.place
        parts = [part for part in _path(image).parts if part not in ('/', '..', '.')]
        starts = range(len(parts)) if leads_out(image.file_name) else [0]
        for start in starts:
            file = File(root, posixpath.join(folder, *parts[start:]))
            if file.exists():
                return file
        return None

    def inner_name(self, file: File) -> str:
        """The name to give to an image: its path inside of the folder."""
        return posixpath.relpath(file.name, self.place[1] or '.')

    def sought(self, image: CocoImage) -> str:
        """The name under which an image was looked for."""
        return posixpath.join(self.place[1], str(_path(image)))

    def measure(self, images: ImageList) -> None:
        """Find the folder, and look how large those images are whose size the json lacks."""
        self.look([images[row] for row in range(len(images))])
        for row in range(len(images)):
            image = images[row]
            picture = None if image.height and image.width else self.file(image)
            if picture is None:
                continue
            try:
                found = read_image(picture, self.reading.of(Path(picture.root, picture.name)))
            except SourceError:
                continue  # told when it is converted
            images.resize(row, found.height, found.width)


def _near(table: File) -> list[tuple[str, str]]:
    """Folders in which images are looked for: beside the json, and beside a folder of jsons.

    COCO's own layout, which CVAT writes: ``annotations/instances_NAME.json``, with images in
    ``images/``, ``images/NAME/`` or ``NAME/``. FiftyOne has ``labels.json`` and ``data/``.
    """
    root, folder = table.root, parent_of(table.name)
    places = [(root, posixpath.join(folder, name)) for name in ('', 'images', 'data')]
    if not folder and os.path.isdir(root):
        # The json itself was named: what is above lies outside of its folder.
        root, folder = os.path.split(os.path.abspath(root))
    if posixpath.basename(folder).lower() not in _OF_TABLES:
        return places
    split = PurePosixPath(table.name).stem.rpartition('_')[2]
    names = ('images', posixpath.join('images', split), split, '')
    return places + [(root, posixpath.join(parent_of(folder), name)) for name in names]


def _detail(fault: CocoFault) -> str:
    return f'{fault.image}: {fault.detail}' if fault.image else fault.detail


def _path(image: CocoImage) -> PurePosixPath:
    return PurePosixPath(image.file_name.replace('\\', '/'))


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
