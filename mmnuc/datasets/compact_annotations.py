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

from mmnuc.coco.reader import read_coco
from mmnuc.datasets.coco_table import CocoTable
from mmnuc.datasets.compact_instances import CompactInstances
from mmnuc.ops.crops import gather


@dataclass(frozen=True, eq=False)
class CompactAnnotations:
    """All annotations of a COCO file that mmdet's ``CocoDataset`` would keep, image by image.

    Args:
        images: ``id``, ``file_name``, ``height``, ``width`` of each of the M images.
        category_ids: Ids of the categories kept; a label is a place in this list.
        category_image_ids: For each category id of the file the images that show it.
        starts: Where the annotations of each image start, of shape (M + 1,).
        boxes_xyxy: Boxes of shape (N, 4).
        labels: Class numbers of shape (N,).
        ignore_flags: Crowds and broken masks, of shape (N,).
        text: Bytes of all compressed run lengths.
        text_offsets: Where those of each annotation start, of shape (N + 1,).
    """

    images: list[dict[str, Any]]
    category_ids: list[int]
    category_image_ids: dict[int, list[int]]
    starts: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float64]
    labels: NDArray[np.int64]
    ignore_flags: NDArray[np.bool_]
    text: NDArray[np.uint8]
    text_offsets: NDArray[np.int64]

    @classmethod
    def from_coco(
        cls,
        source: str | PathLike[str] | Mapping[str, Any],
        classes: Sequence[str] | None = None,
    ) -> CompactAnnotations:
        """Read a COCO file.

        Args:
            source: Path of the json, or its content.
            classes: Names of the categories to keep; all if not given.

        Returns:
            The annotations that mmdet keeps: not marked ``ignore``, of these categories, with an
            area and a box of at least one pixel that touches the image. Broken polygons become
            empty masks to be ignored, as in mmdet.

        Raises:
            ValueError: The file is no COCO json, an entry lacks a key, an id occurs twice, or run
                lengths have another size than their image; the message shows which.
        """
        table = CocoTable()
        for key, entry in read_coco(source):
            table.add(key, entry)
        return cls._from_table(table, classes)

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
        info = {key: value for key, value in image.items() if key != 'id'}
        return {'img_id': image['id'], **info, 'instances': instances}

    @classmethod
    def _from_table(cls, table: CocoTable, classes: Sequence[str] | None) -> CompactAnnotations:
        text = table.text()
        _refuse_doubles(table.column('ids'))
        category_ids = [
            i for i, name in table.categories.items() if classes is None or name in classes
        ]
        images = _places(table.column('image_ids'), list(table.images))
        labels = _places(table.column('category_ids'), category_ids)
        keep = (images >= 0) & (labels >= 0) & (table.column('ignored') == 0)
        keep &= _is_inside(table, images)
        rows = np.flatnonzero(keep)
        rows = rows[np.argsort(images[rows], kind='stable')]
        _compare_sizes(table, images, rows)
        boxes = table.column('boxes')[rows]
        boxes[:, 2:] += boxes[:, :2]
        text_offsets = np.concatenate([[0], np.cumsum(table.column('lengths')[rows])])
        return cls(
            images=list(table.images.values()),
            category_ids=category_ids,
            category_image_ids=_images_of_categories(table),
            starts=np.searchsorted(images[rows], np.arange(len(table.images) + 1)),
            boxes_xyxy=boxes,
            labels=labels[rows],
            ignore_flags=table.column('crowds')[rows] != 0,
            text=gather(text, table.column('starts')[rows], text_offsets),
            text_offsets=text_offsets,
        )


def _refuse_doubles(ids: NDArray[np.int64]) -> None:
    values, times = np.unique(ids, return_counts=True)
    if len(values) < len(ids):
        raise ValueError(f'annotation id {values[times > 1][0]} occurs {times.max()} times')


def _places(values: NDArray[np.int64], known: list[int]) -> NDArray[np.int64]:
    """Return the place of each value in the list, or -1."""
    if not known:
        return np.full(len(values), -1)
    order = np.argsort(known)
    ordered = np.array(known)[order]
    found = np.searchsorted(ordered, values).clip(max=len(known) - 1)
    return np.where(ordered[found] == values, order[found], -1)


def _image_sizes(table: CocoTable) -> NDArray[np.int64]:
    sizes = [(image['height'], image['width']) for image in table.images.values()]
    # The last row serves the annotations of unknown images, whose place is -1.
    return np.array([*sizes, (0, 0)], np.int64)


def _is_inside(table: CocoTable, images: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which boxes have an area, a pixel at least, and touch their image."""
    start, lengths = np.split(table.column('boxes'), 2, axis=1)
    ends = np.minimum(start + lengths, _image_sizes(table)[images][:, ::-1])
    touches = (ends > np.maximum(start, 0)).all(axis=1)
    return touches & (lengths >= 1).all(axis=1) & (table.column('areas') > 0)


def _compare_sizes(table: CocoTable, images: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
    seen, wanted = table.column('sizes')[rows], _image_sizes(table)[images[rows]]
    wrong = np.flatnonzero((seen != wanted).any(axis=1) & (seen[:, 0] >= 0))
    if len(wrong):
        row = wrong[0]
        raise ValueError(
            f'the mask of annotation {table.column("ids")[rows[row]]} has size '
            f'{seen[row].tolist()}, its image {wanted[row].tolist()}'
        )


def _images_of_categories(table: CocoTable) -> dict[int, list[int]]:
    images, categories = table.column('image_ids'), table.column('category_ids')
    return {i: np.unique(images[categories == i]).tolist() for i in table.categories}
