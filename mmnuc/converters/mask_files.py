"""One mask file a nucleus: what the VRDL homework and the Data Science Bowl have in common.

Each image has a folder with two folders in it: ``NAME/images/NAME.png``, ``NAME/masks/*.png``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.converters.image import fault_words
from mmnuc.converters.record import Mask, Record, SourceError, SourceFault, cut
from mmnuc.converters.source import File, Tree, parent_of
from mmnuc.errors import UserError
from mmnuc.images import SUFFIXES, png, read_label_values

_INSIDE = (1, 255, 65535)


@dataclass(frozen=True)
class MaskFiles:
    """The annotation of an image as one file a nucleus."""

    files: tuple[File, ...]

    def __len__(self) -> int:
        return len(self.files)

    def read(self, height: int, width: int) -> Iterator[Mask | SourceFault]:
        """Give the mask in each file, or what is wrong with the file."""
        for file in self.files:
            try:
                yield read_mask(file, height, width)
            except SourceError as error:
                yield error.fault


def read_mask(file: File, height: int, width: int) -> Mask:
    """Read the mask of one nucleus.

    Args:
        file: An image of zeros and one other value: 1, 255 or 65535.
        height: Height of the image it belongs to.
        width: Width of that image.

    Returns:
        The mask; without pixels if the file holds none.

    Raises:
        SourceError: The file can't be read, has another size or other values.
    """
    rows = _read_rows(file)
    if (rows.height, rows.width) != (height, width):
        seen = f'{rows.width}x{rows.height}, the image has {width}x{height}'
        raise SourceError('wrong-size', file.name, seen)
    mask = cut(file.name, rows.pixels, y=rows.top)
    if not mask.pixels.size:
        return mask
    h, w = mask.pixels.shape
    crop = rows.pixels[mask.y - rows.top :][:h, mask.x : mask.x + w]
    inside = crop.max()
    if inside not in _INSIDE or (crop != mask.pixels * inside).any():
        raise SourceError('non-binary', file.name, f'values {_list(np.unique(crop))}')
    return mask


@dataclass(frozen=True)
class Unit:
    """The folder of one image.

    Args:
        folder: Its path, empty at the top of the source.
        images: The files in ``images/``.
        masks: The files in ``masks/``; None where there is no such folder.
        others: Files in ``masks/`` that are no pictures.
    """

    folder: str
    images: tuple[File, ...]
    masks: tuple[File, ...] | None
    others: tuple[File, ...] = ()

    def record(self) -> Record:
        """Return the image and its masks; the annotation is None without a masks folder.

        Raises:
            SourceError: There is not exactly one image.
        """
        if not self.images:
            seen = f'{len(self.masks or ())} masks and no image'
            raise SourceError('masks-without-image', f'{self.folder}/masks', seen)
        if len(self.images) > 1:
            names = ', '.join(file.name.rpartition('/')[2] for file in self.images)
            raise SourceError('ambiguous', f'{self.folder}/images', f'several images: {names}')
        annotation = None if self.masks is None else MaskFiles(self.masks)
        return Record(self.images[0], self.images[0].name.rpartition('/')[2], annotation)


def find_units(tree: Tree) -> list[Unit]:
    """List the folders that hold an ``images`` or a ``masks`` folder."""
    units = []
    for folder in sorted({parent_of(name) for name in tree.folders if _is_part(name)}):
        prefix = f'{folder}/' if folder else ''
        images, masks = _pictures(tree, f'{prefix}images'), _pictures(tree, f'{prefix}masks')
        known = f'{prefix}masks' in tree.folders
        others = tuple(file for file in tree.under(f'{prefix}masks') if file.suffix not in SUFFIXES)
        units.append(Unit(folder, images, masks if known else None, others))
    return units


def list_units(
    units: Sequence[Unit], is_test: bool = False
) -> tuple[list[Record], list[SourceFault]]:
    """Turn units into records, and say what is wrong with the others.

    Args:
        units: The folders of the images.
        is_test: Images without a masks folder are meant to have none.
    """
    records: list[Record] = []
    faults: list[SourceFault] = []
    for unit in units:
        faults += [SourceFault('ignored-file', file.name) for file in unit.others]
        try:
            record = unit.record()
            if record.annotation is None and not is_test:
                raise SourceError(
                    'image-without-masks', record.image.name, 'no masks folder beside it'
                )
            records.append(record)
        except SourceError as error:
            faults.append(error.fault)
    return records, faults


def _is_part(name: str) -> bool:
    return name.rpartition('/')[2] in ('images', 'masks')


def _pictures(tree: Tree, folder: str) -> tuple[File, ...]:
    return tuple(file for file in tree.under(folder) if file.suffix in SUFFIXES)


def _read_rows(file: File) -> png.PngRows:
    data = file.read()
    try:
        rows = png.read_rows(data) if png.is_png(data) else None
    except ValueError as error:
        raise SourceError('unreadable', file.name, str(error)) from None
    if rows is not None:
        return rows
    try:
        pixels = read_label_values(data, file.name)
    except UserError as error:
        raise SourceError('unreadable', file.name, fault_words(error, file)) from None
    return png.PngRows(pixels, 0, *pixels.shape)


def _list(values: NDArray[Any], most: int = 6) -> str:
    shown = ', '.join(str(value) for value in values[:most].tolist())
    return f'{shown}, ...' if len(values) > most else shown
