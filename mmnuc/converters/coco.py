"""A COCO file from elsewhere, checked and brought into the project's form.

Polygons and run lengths, compressed or not, become compressed run lengths; boxes and areas are
computed from the masks; annotations are numbered anew from 1. Ids of images, the classes with their
ids, and the crowd flag stay. A file without ``annotations`` gives test images.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from mmnuc.converters.record import Listing, Mask, Record, SourceError, SourceFault, masks_of
from mmnuc.converters.source import File, open_tree, parent_of
from mmnuc.errors import UserError
from mmnuc.ops.codecs.segmentations import segmentations_to_crops

# Boxes around outlines may end anywhere inside the pixels at the border.
_BOX_TOLERANCE = 2.0
_AREA_TOLERANCE = 0.1


@dataclass(frozen=True)
class CocoAnnotations:
    """The annotation of an image as entries of a COCO file."""

    file: str
    entries: tuple[Mapping[str, Any], ...]
    categories: frozenset[int]

    def __len__(self) -> int:
        return 1

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask of each entry, and what its other fields had wrong."""
        for entry in self.entries:
            where = f'{self.file}, annotation {entry.get("id")}'
            try:
                mask = self._read(entry, where, height, width)
            except SourceError as error:
                yield error.fault
            else:
                yield mask
                yield from _corrections(entry, mask)

    def _read(self, entry: Mapping[str, Any], where: str, height: int, width: int) -> Mask:
        if entry.get('category_id') not in self.categories:
            raise SourceError('unknown-category', where, f'category_id {entry.get("category_id")}')
        segmentation = _readable(entry.get('segmentation'), where)
        size = segmentation.get('size') if isinstance(segmentation, dict) else None
        if size is not None and list(size) != [height, width]:
            seen = f'{size[1]}x{size[0]}, the image has {width}x{height}'
            raise SourceError('wrong-size', where, seen)
        try:
            crops, valid = segmentations_to_crops([segmentation], height, width)
        except (ValueError, TypeError) as error:
            raise SourceError('unreadable', where, str(error)) from None
        if not valid[0] and isinstance(segmentation, dict):
            raise SourceError('unreadable', where, 'run lengths without size or counts')
        if not valid[0]:
            raise SourceError('degenerate-outline', where, 'no polygon of 3 points')
        if isinstance(segmentation, list) and not crops.buffer.size:
            raise SourceError('degenerate-outline', where, 'no pixel of the image inside')
        return replace(
            masks_of(crops, [where])[0],
            category_id=int(entry['category_id']),
            iscrowd=int(bool(entry.get('iscrowd', 0))),
        )


def find(src: str | os.PathLike[str], images: str | None = None) -> Listing:
    """List the images of a COCO file.

    Args:
        src: The json file, or a folder or zip with a single json file in it.
        images: The folder the names of the images start in; None for the folder of the json file.

    Returns:
        The images with their entries.

    Raises:
        UserError: There is no COCO file, or its tables contradict themselves.
    """
    table = _find_table(Path(src))
    content = _read_tables(table)
    entries = _entries_by_image(content)
    faults = [
        SourceFault(
            'masks-without-image',
            f'{table.name}, annotation {entry.get("id")}',
            f'image_id {image_id}',
        )
        for image_id in entries.keys() - {image['id'] for image in content['images']}
        for entry in entries[image_id]
    ]
    root, folder = _find_folder(table, content['images'], images)
    categories = frozenset(category['id'] for category in content['categories'])
    known_ids = all(isinstance(image['id'], int) for image in content['images'])
    records = []
    for image in content['images']:
        file = File(root, posixpath.normpath(posixpath.join(folder, _path(image))))
        if not file.exists():
            faults.append(
                SourceFault('missing-image', file.name, f'image {image["id"]} of {table.name}')
            )
            continue
        own = CocoAnnotations(table.name, tuple(entries.get(image['id'], ())), categories)
        records.append(
            Record(
                file,
                _name(image),
                own if 'annotations' in content else None,
                image['id'] if known_ids else None,
                _size_hw(image),
            )
        )
    return Listing(tuple(records), tuple(faults), tuple(content['categories']))


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


def _read_tables(table: File) -> dict[str, Any]:
    """Read the json and check what the conversion itself relies on."""
    path = os.path.join(table.root, table.name)
    try:
        content: dict[str, Any] = json.loads(table.read())
    except SourceError as error:
        raise UserError(f'{path}: {error.fault.detail}') from None
    except ValueError as error:
        raise UserError(f'{path} is no json file: {error}') from None
    for key, fields in (('images', ('id', 'file_name')), ('categories', ('id', 'name'))):
        entries = content.get(key) if isinstance(content, dict) else None
        if not isinstance(entries, list) or not entries:
            raise UserError(f'{path} is no COCO file: it has no list "{key}"')
        for entry in entries:
            if not isinstance(entry, dict) or any(field not in entry for field in fields):
                raise UserError(
                    f'{path}: {key} need {" and ".join(fields)}, seen: {str(entry)[:80]}'
                )
        twice = [i for i, n in Counter(entry['id'] for entry in entries).items() if n > 1]
        if twice:
            raise UserError(f'{path}: {len(twice)} ids of {key} are used twice, such as {twice[0]}')
    return content


def _entries_by_image(content: Mapping[str, Any]) -> dict[Any, list[Mapping[str, Any]]]:
    entries: dict[Any, list[Mapping[str, Any]]] = {}
    for entry in content.get('annotations', ()):
        entries.setdefault(entry.get('image_id'), []).append(entry)
    return entries


def _find_folder(table: File, images: list[Any], given: str | None) -> tuple[str, str]:
    """Return root and folder that the names of the images start in."""
    if given is not None:
        if not os.path.exists(given):
            raise UserError(f'no such folder: --images {given}')
        places = [(given, '')]
    else:
        beside = parent_of(table.name)
        places = [(table.root, beside), (table.root, posixpath.join(beside, 'images'))]
    for root, folder in places:
        if any(File(root, posixpath.join(folder, _path(image))).exists() for image in images):
            return root, folder
    looked = ' and '.join(posixpath.join(*place) for place in places)
    raise UserError(
        f'none of the {len(images)} images of {table.name} is there, such as {_path(images[0])}; '
        f'looked in {looked}; say where they are with --images'
    )


def _path(image: Mapping[str, Any]) -> str:
    return str(image['file_name']).replace('\\', '/')


def _name(image: Mapping[str, Any]) -> str:
    """Return the name to give to an image; one that leads out of its folder loses its folders."""
    path = PurePosixPath(_path(image))
    return path.name if path.is_absolute() or '..' in path.parts else str(path)


def _size_hw(image: Mapping[str, Any]) -> tuple[int, int] | None:
    if image.get('height') is None or image.get('width') is None:
        return None
    return int(image['height']), int(image['width'])


def _readable(segmentation: Any, where: str) -> Any:
    """Return a segmentation as a list of polygons or a dict of run lengths."""
    if not isinstance(segmentation, (list, dict)) or not segmentation:
        raise SourceError('no-segmentation', where)
    if isinstance(segmentation, list) and isinstance(segmentation[0], (int, float)):
        return [segmentation]
    return segmentation


def _corrections(entry: Mapping[str, Any], mask: Mask) -> Iterator[SourceFault]:
    h, w = mask.pixels.shape
    if not mask.pixels.size:
        return
    told, found = entry.get('bbox'), [mask.x, mask.y, w, h]
    if not _is_box(told) or _distance(told, found) > _BOX_TOLERANCE:
        yield SourceFault('corrected-box', mask.where, f'{told} became {found}')
    area, counted = entry.get('area'), int(mask.pixels.sum())
    if not isinstance(area, (int, float)) or abs(area - counted) > max(
        5, _AREA_TOLERANCE * counted
    ):
        yield SourceFault('corrected-area', mask.where, f'{area} became {counted}')


def _is_box(box: Any) -> TypeGuard[list[float]]:
    return isinstance(box, list) and len(box) == 4 and all(isinstance(v, (int, float)) for v in box)


def _distance(told: Sequence[float], found: Sequence[float]) -> float:
    """Return by how many pixels the sides of two boxes differ at most."""
    sides = [(x, y, x + w, y + h) for x, y, w, h in (told, found)]
    return max((abs(a - b) for a, b in zip(*sides, strict=True)), default=0.0)
