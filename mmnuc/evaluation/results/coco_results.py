"""Predictions in COCO's json: a list of results, or images with scored annotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.categories import match_classes
from mmnuc.coco.faults import shown_name
from mmnuc.coco.images import ImageList
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import ImageInfo, Predictions
from mmnuc.evaluation.results.truth import Truth


def read_coco_results(path: Path, truth: Truth) -> tuple[Predictions, set[int]]:
    """Read predictions.

    A list refers to images and classes by the ids of the ground truth. A json with ``images`` of
    its own is matched by file name, one with ``categories`` by the names of the classes, as their
    ids may be others.

    Args:
        path: The json.
        truth: The ground truth.

    Returns:
        The predictions, and the ids of the images that the file speaks of.

    Raises:
        UserError: It is no json of results, an entry can't be meant, or it speaks of images or
            categories that the ground truth does not have.
    """
    own = _OwnImages(path, truth)
    rules = TableRules(keep_empty=True, foreign_images=False, one_way_of_scores=True)
    table = read_table(
        path,
        rules,
        images=truth.coco_images(),
        categories=truth.coco_categories(),
        before_annotations=own.match,
    )
    if 'annotations' not in table.lists:
        raise UserError(f'{path} is neither a list of results nor a json with annotations')
    ids = np.array([image.id for image in own.found], np.int64)
    images = ids[table.image_rows]
    spoken_of = {image.id for image in own.found} if 'images' in table.lists else set()
    pred = Predictions(
        images=images,
        labels=_labels(table, truth),
        rles=table.rles,
        boxes_xywh=table.boxes_xywh,
        scores=table.scores,
    )
    return pred, spoken_of | set(np.unique(images).tolist())


class _OwnImages:
    """The images of a file of results, found in the ground truth by their names."""

    def __init__(self, path: Path, truth: Truth) -> None:
        self.path = path
        self.truth = truth
        self.found: list[ImageInfo] = list(truth.images)

    def match(self, images: ImageList) -> None:
        """Find each image, and take its size."""
        if not images.own:
            return
        found: list[ImageInfo] = []
        unknown: list[str] = []
        takers: dict[int, str] = {}
        for row in range(len(images)):
            listed = images[row]
            image = self.truth.find(listed.file_name, str(self.path))
            if image is None:
                unknown.append(shown_name(listed.file_name))
                continue
            self._compare(listed.file_name, (listed.height, listed.width), image)
            if image.id in takers:
                raise UserError(
                    f'{self.path}: {shown_name(takers[image.id])} and '
                    f'{shown_name(listed.file_name)} are both '
                    f'{shown_name(image.file_name)} of the ground truth'
                )
            takers[image.id] = listed.file_name
            images.resize(row, image.height, image.width)
            found.append(image)
        if unknown:
            raise UserError(
                f'{self.path}: {len(unknown)} images are not in the ground truth: '
                f'{", ".join(unknown[:5])}'
            )
        self.found = found

    def _compare(self, name: str, size: tuple[int, int], image: ImageInfo) -> None:
        if all(size) and size != (image.height, image.width):
            raise UserError(
                f'{self.path}: {shown_name(name)} is {size[0]} x {size[1]}, '
                f'{shown_name(image.file_name)} of the ground truth {image.height} x {image.width}'
            )


def _labels(table: CocoTable, truth: Truth) -> NDArray[np.int64]:
    """The label of each prediction, by the names of the classes where the file has its own."""
    match = match_classes(truth.classes, table.categories, table.file)
    labels = np.array([*match.labels, -1], np.int64)
    if len(truth.classes) == len(table.categories) == 1:
        # One class on both sides: whatever they call it.
        labels[:1] = 0
    own: NDArray[np.int64] = labels[table.category_rows]
    foreign = np.flatnonzero(own < 0)
    if len(foreign):
        name = table.categories[table.category_rows[foreign[0]]].name
        raise UserError(
            f'{table.place(int(foreign[0]))}: its category {shown_name(name)} is none of the '
            f"ground truth's: {', '.join(map(shown_name, truth.classes))}"
        )
    return own
