"""Truths and predictions in a file an image: label maps, QuPath, ImageJ, Cellpose, HoVer-Net, …"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmnuc.annotations.annotations import NUCLEUS, AnnotationError, Annotations, counted
from mmnuc.annotations.formats import (
    FORMATS,
    SUFFIXES,
    AnnotationFormat,
    format_of_file,
    may_be_annotation,
)
from mmnuc.annotations.hovernet import TYPE
from mmnuc.annotations.label_maps import SUFFIXES as PICTURES
from mmnuc.annotations.names import base_of, is_label_name, without_side_products
from mmnuc.coco.categories import CocoCategory, match_classes
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.columns import Columns, from_rles, joined
from mmnuc.evaluation.results.image_sizes import SizeOf
from mmnuc.evaluation.results.truth import Truth
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import take

KNOWN = ', '.join(SUFFIXES)

# What a file of another kind than these may be is not asked when it is of no image.
_MEANT = (*PICTURES, '.geojson', '.roi')

# What GeoJSON, HoVer-Net and CellViT begin with, and COCO does not.
_OF_ONE_IMAGE = re.compile(
    rb'"type"\s*:\s*"Feature|"nuc"\s*:\s*\{|"cells"\s*:\s*\[|"wsi_metadata"|"contour"\s*:'
)
_HEAD = 4096

_log = logging.getLogger(__name__)


class Notes:
    """What is worth knowing of files, told once for all that it is true of."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def add(self, file: str, text: str) -> None:
        """Note something of a file."""
        self._files.setdefault(text, []).append(file)

    def tell(self) -> None:
        """Log the notes as warnings, which end up on standard error."""
        for text, files in self._files.items():
            others = f' and {counted(len(files) - 1, "other")}' if len(files) > 1 else ''
            _log.warning('%s%s: %s', files[0], others, text)


def is_annotation_file(path: Path) -> bool:
    """Whether a file holds the nuclei of one image: by its suffix, json by its first keys.

    Args:
        path: The file, which may be missing.
    """
    if not path.is_file() or not may_be_annotation(path.name):
        return False
    if path.suffix.lower() != '.json':
        return True
    with path.open('rb') as file:
        return bool(_OF_ONE_IMAGE.search(file.read(_HEAD)))


def files_of(path: Path) -> list[File]:
    """List the files that may hold annotations: of a folder and its folders, or the one file."""
    if not path.is_dir():
        return [File(str(path.parent), path.name)]
    tree = open_tree(path)
    names = without_side_products(name for name in tree.names if may_be_annotation(name))
    return [tree.file(name) for name in names]


def read_annotation_results(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions; a file's name is that of its image, but for what tools put behind it.

    Args:
        path: The folder, or one file.
        truth: The ground truth.

    Returns:
        The predictions, and the ids of the images that have a file.

    Raises:
        UserError: There are no files, one is damaged, of another size than its image, or of no
            image of the ground truth.
    """
    owned: dict[int, list[File]] = {}
    unknown: list[str] = []
    by_id, notes = {image.id: image for image in truth.images}, Notes()
    alone = truth.images[0] if len(truth.images) == 1 and path.is_file() else None
    for file in files_of(path):
        image = alone or truth.find(file.name)
        if image is not None:
            owned.setdefault(image.id, []).append(file)
        elif file.name.lower().endswith(_MEANT):
            unknown.append(file.name)
        else:
            notes.add(file.name, 'passed over, of no image of the ground truth')
    if unknown or not owned:
        seen = f'{len(unknown)} of no image of the ground truth: {", ".join(unknown[:5])}'
        raise UserError(f'{path}: {seen}' if unknown else f'{path} holds no results ({KNOWN})')
    parts = []
    for number, files in owned.items():
        own = by_id[number]
        chosen = chosen_of(files, notes)
        found = read_annotations(chosen, notes, _always((own.height, own.width)))
        if (found.crops.height, found.crops.width) != (own.height, own.width):
            raise UserError(
                f'{chosen.name} is {found.crops.height} x {found.crops.width}, its image '
                f'{own.height} x {own.width}'
            )
        parts.append(columns_of(found, number, _labels(found, truth, chosen, notes)))
    notes.tell()
    return joined(parts).predictions(), set(owned)


def read_annotation_truth(path: Path, named: SizeOf, other: SizeOf) -> Truth:
    """Read a ground truth.

    Args:
        path: The folder, or one file.
        named: Name of a file to height and width of its image, where they are known.
        other: The same for files that don't say it themselves.

    Returns:
        An image for each name, and its nuclei. The classes of all files together.

    Raises:
        UserError: There are no files, one is damaged, or nothing says how large its image is.
    """
    notes, images, found = Notes(), [], []
    by_base: dict[str, list[File]] = {}
    for file in files_of(path):
        by_base.setdefault(base_of(file.name), []).append(file)
    if not by_base:
        raise UserError(f'{path} holds no label maps or outlines ({KNOWN})')
    for number, files in enumerate(by_base.values(), 1):
        chosen = chosen_of(files, notes)
        found.append(read_annotations(chosen, notes, named, other))
        size_hw = found[-1].crops.height, found[-1].crops.width
        images.append(ImageInfo(number, chosen.name, *size_hw))
    classes = tuple(dict.fromkeys(name for one in found for name in one.class_names))
    parts = [
        columns_of(one, image.id, [classes.index(name) for name in one.class_names])
        for one, image in zip(found, images, strict=True)
    ]
    notes.tell()
    ids = tuple(range(1, len(classes) + 1))
    return Truth(tuple(images), joined(parts).ground_truth(), classes, ids)


def chosen_of(files: Sequence[File], notes: Notes) -> File:
    """Choose the annotation among files of one image.

    Beside a file that is an annotation by its name, a plain picture is the image itself. Of
    several formats the one that keeps most of the nuclei is taken, and the others are noted.

    Raises:
        UserError: Several files have the same format.
    """
    named = [file for file in files if is_label_name(file.name) or file.suffix not in PICTURES]
    left = list(named or files)
    if len(left) == 1:
        return left[0]
    ranks = [list(FORMATS).index(_format(file)[0].name) for file in left]
    best = [file for file, rank in zip(left, ranks, strict=True) if rank == min(ranks)]
    if len(best) > 1:
        raise UserError(f'{best[0].name} and {best[1].name} belong to one image: keep one of them')
    for file in left:
        if file is not best[0]:
            notes.add(file.name, f'passed over, the {_format(best[0])[0].about} is read')
    return best[0]


def read_annotations(
    file: File, notes: Notes, named: SizeOf, other: SizeOf = lambda _: None
) -> Annotations:
    """Read the nuclei of one image.

    Args:
        file: The file.
        notes: Gets what is worth knowing.
        named: Its name to height and width of its image, where they are known.
        other: The same, where the file does not say it itself.

    Raises:
        UserError: The file is damaged, none of its nuclei lies in the image, or nothing says how
            large the image is.
    """
    known, data = _format(file)
    try:
        size_hw = (0, 0) if known.is_label_map else named(file.name)
        size_hw = size_hw or known.size_hw(data) or other(file.name)
        if size_hw is None:
            raise AnnotationError(
                'states no size of its image: name the images with --images FOLDER'
            )
        found = known.read(data, file.name, *size_hw)
    except AnnotationError as error:
        raise UserError(f'{file.name}: {error}') from None
    real = np.flatnonzero(np.diff(found.crops.offsets))
    if len(found) and not len(real):
        raise UserError(
            f'{file.name}: none of its {counted(len(found), "outline")} holds a pixel of the image '
            f'of {found.crops.width} x {found.crops.height}: they are of another image or scale'
        )
    for note in found.notes:
        notes.add(file.name, note)
    if len(real) == len(found):
        return found
    notes.add(file.name, f'{counted(len(found) - len(real), "outline")} without a pixel left out')
    return replace(
        found,
        crops=take(found.crops, real),
        labels=found.labels[real],
        scores=None if found.scores is None else found.scores[real],
        wheres=tuple(found.wheres[i] for i in real),
    )


def columns_of(found: Annotations, image: int, labels: Sequence[int]) -> Columns:
    """Take the nuclei of one image.

    Args:
        found: The nuclei.
        image: Id of the image.
        labels: The label of each class that occurs in them.
    """
    columns = from_rles(crops_to_rles(found.crops), image)
    own = np.array(labels, np.int64)[found.labels]
    scores = columns.scores if found.scores is None else found.scores
    return replace(columns, labels=own, scores=scores)


def _always(size_hw: tuple[int, int]) -> SizeOf:
    return lambda _: size_hw


def _format(file: File) -> tuple[AnnotationFormat, bytes]:
    try:
        data = file.read()
        return format_of_file(file.name, data), data
    except SourceError as error:
        raise UserError(f'{file.name}: {error.fault.detail}') from None
    except AnnotationError as error:
        raise UserError(f'{file.name}: {error}') from None


def _labels(found: Annotations, truth: Truth, file: File, notes: Notes) -> list[int]:
    """The truth's label of each class: by name, or by number where the file has only numbers."""
    if len(truth.classes) == 1:
        return [0] * len(found.class_names)
    if found.class_names == (NUCLEUS,) and NUCLEUS not in truth.classes:
        if len(found):
            first = truth.classes[0]
            notes.add(
                file.name, f'names no classes: for scores by class each nucleus counts as {first}'
            )
        return [0]
    by_number = {TYPE.format(number): i for i, number in enumerate(truth.category_ids)}
    own = [CocoCategory(i, name, (name,), {}) for i, name in enumerate(found.class_names)]
    labels = [
        by_number.get(name) if label < 0 else label
        for name, label in zip(
            found.class_names, match_classes(truth.classes, own, file.name).labels, strict=True
        )
    ]
    foreign = [n for n, label in zip(found.class_names, labels, strict=True) if label is None]
    if foreign:
        bare = f' ({NUCLEUS}: without a class)' if NUCLEUS in foreign else ''
        raise UserError(
            f'{file.name}: class {", ".join(foreign)}{bare} is none of those of the ground truth: '
            f'{", ".join(truth.classes)}'
        )
    return [label for label in labels if label is not None]
