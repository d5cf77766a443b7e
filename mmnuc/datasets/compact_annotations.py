"""The annotations of a data set in flat arrays.

While mmdet reads a json it holds a dict of Python objects for every nucleus, some 3 kB each. Here
one annotation is read at a time, and what is kept takes some 120 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.categories import ClassMatch, match_classes
from mmnuc.coco.contents import Contents, contents_of
from mmnuc.coco.faults import shown_name
from mmnuc.coco.images import require_sizes
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.datasets.compact_instances import CompactInstances
from mmnuc.errors import UserError
from mmnuc.ops.arrays import BoolArray


@dataclass(frozen=True, eq=False)
class CompactAnnotations:
    """All annotations of a COCO file that mmdet's ``CocoDataset`` would keep, image by image.

    Args:
        images: ``id``, ``file_name``, ``height``, ``width`` of each of the M images.
        category_ids: Ids of the categories kept, in the order of their labels.
        category_labels: The label of each of these ids.
        category_image_ids: For each category id of the file the images that show it.
        starts: Where the annotations of each image start, of shape (M + 1,).
        boxes_xyxy: Boxes of shape (N, 4).
        labels: Class numbers of shape (N,).
        ignore_flags: Crowds, of shape (N,).
        text: Bytes of all compressed run lengths.
        text_offsets: Where those of each annotation start, of shape (N + 1,).
        contents: What there is to learn from.
    """

    images: list[dict[str, Any]]
    category_ids: list[int]
    category_labels: dict[int, int]
    category_image_ids: dict[int, list[int]]
    starts: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float64]
    labels: NDArray[np.int64]
    ignore_flags: NDArray[np.bool_]
    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]
    contents: Contents

    @classmethod
    def from_coco(
        cls,
        source: str | PathLike[str] | Mapping[str, Any],
        classes: Sequence[str] | None = None,
        *,
        masks: bool = False,
        kinds: Sequence[str] | None = None,
    ) -> CompactAnnotations:
        """Read a COCO file.

        Args:
            source: Path of the json, or its content.
            classes: Names of the categories to keep, in the order of their labels; all of the file
                in its order if not given.
            masks: Whether every annotation needs a mask.
            kinds: Keep the images whose ``kind`` in the file is one of these; all if not given.

        Returns:
            The annotations that mmdet keeps: not marked ``ignore``, of these categories, with an
            area and a box of at least one pixel that touches the image. Masks without a pixel,
            which mmdet keeps, are left out.

        Raises:
            UserError: The file is no COCO json, an entry can't be meant, or an id occurs twice; in
                one line with the file, the image and the annotation. Or it has no image of these
                kinds.
        """
        table = read_table(source, TableRules(masks=masks))
        require_sizes(table.file, table.images)
        table.refuse_double_ids()
        return cls._from_table(table, classes, _shown(table, kinds))

    @property
    def image_ids(self) -> list[int]:
        """Ids of the images, in the order of the file."""
        return [image['id'] for image in self.images]

    def __len__(self) -> int:
        return len(self.images)

    def info(self, index: int) -> dict[str, Any]:
        """Return ``img_id``, ``file_name``, ``height``, ``width``, ``instances`` of one image."""
        image = self.images[index]
        start, stop = self.starts[[index, index + 1]].tolist()
        ends = self.text_offsets[start : stop + 1]
        instances = CompactInstances(
            self.boxes_xyxy[start:stop],
            self.labels[start:stop],
            self.ignore_flags[start:stop],
            self.text[ends[0] : ends[-1]],
            ends - ends[0],
            image['height'],
            image['width'],
        )
        info = {key: image[key] for key in ('file_name', 'height', 'width')}
        return {'img_id': image['id'], **info, 'instances': instances}

    @classmethod
    def _from_table(
        cls, table: CocoTable, classes: Sequence[str] | None, shown: BoolArray
    ) -> CompactAnnotations:
        names = [category.name for category in table.categories] if classes is None else classes
        match = match_classes(names, table.categories, table.file)
        labels = np.array([*match.labels, -1])[table.category_rows]
        keep, dropped = _kept(table, labels, shown)
        notes = [f'no category is called {shown_name(name)}' for name in match.missing]
        notes = [*match.notes, *notes]
        contents = contents_of(table, names, labels, keep, dropped, notes, int(shown.sum()))
        rows, places = np.flatnonzero(keep), np.flatnonzero(shown)
        rows = rows[np.argsort(table.image_rows[rows], kind='stable')]
        boxes = table.boxes_xywh[rows]
        boxes[:, 2:] += boxes[:, :2]
        masks = table.rles.take(rows)
        return cls(
            images=[table.images[place]._asdict() for place in places],
            category_ids=_ids_of_labels(table, match),
            category_labels={
                category.id: label
                for category, label in zip(table.categories, match.labels, strict=True)
                if label >= 0
            },
            category_image_ids=_images_of_categories(table),
            # Images that are not shown have no rows between those that are.
            starts=np.searchsorted(table.image_rows[rows], [*places, len(table.images)]),
            boxes_xyxy=boxes,
            labels=labels[rows].astype(np.int64),
            ignore_flags=table.crowds[rows],
            text=masks.text,
            text_offsets=masks.offsets,
            contents=contents,
        )


def _shown(table: CocoTable, kinds: Sequence[str] | None) -> BoolArray:
    """Which images are of the kinds that are asked for."""
    if kinds is None:
        return np.ones(len(table.images), bool)
    shown = np.array([image.kind in kinds for image in table.images], bool)
    if not shown.any():
        held = sorted({shown_name(image.kind or 'not stated') for image in table.images})
        raise UserError(
            f'{table.file} has no image whose kind is {" or ".join(kinds)}, only: {", ".join(held)}'
        )
    return shown


def _kept(
    table: CocoTable, labels: NDArray[np.integer], shown: BoolArray
) -> tuple[BoolArray, dict[str, int]]:
    """Which annotations are kept, and how many of the others there are for each reason."""
    sizes = np.array([(i.width, i.height) for i in table.images], np.int64).reshape(-1, 2)
    start, lengths = np.split(table.boxes_xywh, 2, axis=1)
    ends = np.minimum(start + lengths, sizes[table.image_rows])
    reasons = {
        'on images of other kinds': ~shown[table.image_rows],
        'of other classes': labels < 0,
        'marked ignore': table.ignored,
        'with an area of 0': table.areas <= 0,
        'with a box outside of the image or less than a pixel wide': ~(
            (ends > np.maximum(start, 0)).all(axis=1) & (lengths >= 1).all(axis=1)
        ),
    }
    keep, dropped = np.ones(len(table), bool), {}
    for why, out in reasons.items():
        dropped[why] = int((keep & out).sum())
        keep &= ~out
    return keep, dropped


def _ids_of_labels(table: CocoTable, match: ClassMatch) -> list[int]:
    """The category id of each class that the file has, in the order of the labels."""
    found = zip(match.labels, table.categories, strict=True)
    return [category.id for label, category in sorted(found, key=lambda one: one[0]) if label >= 0]


def _images_of_categories(table: CocoTable) -> dict[int, list[int]]:
    ids = table.image_ids
    return {
        category.id: np.unique(ids[table.category_rows == row]).tolist()
        for row, category in enumerate(table.categories)
    }
