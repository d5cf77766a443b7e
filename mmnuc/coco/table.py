"""A COCO file as a table: one row a nucleus, in some 70 bytes and its run lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mmnuc.coco.categories import CocoCategory
from mmnuc.coco.columns import GivenIds, RleColumn
from mmnuc.coco.faults import CocoFault
from mmnuc.coco.images import CocoImage
from mmnuc.errors import UserError
from mmnuc.ops.arrays import BoolArray, F64Array, I32Array, I64Array, U8Array


@dataclass(frozen=True, eq=False)
class CocoTable:
    """What a COCO file says of truths or of results, checked.

    Attributes:
        file: What messages call the file.
        lists: The lists that it has, also those that are empty.
        images: Its M images.
        categories: Its categories, those of one name as one.
        given_ids: The ids that the file gives its N annotations.
        image_rows: Place of the image of each, of shape (N,).
        category_rows: Place of its category, of shape (N,).
        boxes_xywh: Left, top, width and height in pixels: as the file says, else those of the
            mask; of shape (N, 4).
        areas: Area in pixels: as the file says, else that of the mask; of shape (N,).
        crowds: Whether it is a region of many objects, of shape (N,).
        ignored: Whether it is marked to be left out, of shape (N,).
        scores: Confidence, of shape (N,); 1 where the file knows none.
        text: Bytes of all compressed masks.
        offsets: Where each mask starts in ``text``, of shape (N + 1,); one without a mask has none.
        faults: Annotations that were left out or corrected, when faults are collected.
        dropped: How many annotations were left out without harm, by the kind of fault.
        total: How many annotations the file has, with those that were left out.
    """

    file: str
    lists: frozenset[str]
    images: tuple[CocoImage, ...]
    categories: tuple[CocoCategory, ...]
    given_ids: GivenIds
    image_rows: I32Array
    category_rows: I32Array
    boxes_xywh: F64Array
    areas: F64Array
    crowds: BoolArray
    ignored: BoolArray
    scores: F64Array
    text: U8Array
    offsets: I64Array
    faults: tuple[CocoFault, ...]
    dropped: Mapping[str, int]
    total: int

    def __len__(self) -> int:
        return len(self.image_rows)

    @property
    def rles(self) -> RleColumn:
        """The masks; each becomes a dict when it is asked for."""
        sides = np.array([image[3:5] for image in self.images], np.int32).reshape(-1, 2)
        own = sides[self.image_rows]
        return RleColumn(self.text, self.offsets, own[:, 0], own[:, 1])

    @property
    def image_ids(self) -> I64Array:
        """Id of the image of each annotation, of shape (N,)."""
        return np.array([image.id for image in self.images], np.int64)[self.image_rows]

    def mask_areas(self) -> F64Array:
        """Area of each mask in pixels, whatever the file says; of its box where it has no mask."""
        boxes: F64Array = self.boxes_xywh[:, 2] * self.boxes_xywh[:, 3]
        return np.where(np.diff(self.offsets) > 0, self.rles.measure()[1], boxes)

    def strayed_boxes(self, tolerance: float = 2.0) -> BoolArray:
        """Which boxes have a side that is farther from that of their mask.

        Args:
            tolerance: How far, in pixels: boxes around outlines end anywhere inside of the pixels
                at the border.
        """
        found = self.rles.measure()[0]
        told = self.boxes_xywh
        starts = np.abs(told[:, :2] - found[:, :2])
        ends = np.abs(told[:, :2] + told[:, 2:] - found[:, :2] - found[:, 2:])
        far: BoolArray = (np.maximum(starts, ends) > tolerance).any(axis=1)
        return far & (np.diff(self.offsets) > 0)

    def place(self, row: int) -> str:
        """Where an annotation stands: ``FILE: image NAME (id), annotation ID``."""
        image = self.images[self.image_rows[row]]
        return f'{self.file}: {image}, {self.given_ids.label(row)}'

    def refuse_double_ids(self) -> None:
        """Refuse annotations that share an id.

        Raises:
            UserError: Two do; the id is named.
        """
        values, times = np.unique(self.given_ids.numbers(), return_counts=True)
        if (times > 1).any():
            raise UserError(
                f'{self.file}: annotation id {values[times > 1][0]} occurs {times.max()} times'
            )
