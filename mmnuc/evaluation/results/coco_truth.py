"""Ground truth from a COCO json, as COCO's protocol wants it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmnuc.coco.images import require_sizes
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import GroundTruth
from mmnuc.evaluation.results.categories import labels_of_categories


@dataclass(frozen=True)
class CocoGroundTruth:
    """A COCO json with annotations.

    Attributes:
        path: Where it was read.
        table: What it holds.
    """

    path: Path
    table: CocoTable

    @property
    def image_ids(self) -> set[int]:
        """Ids of all images."""
        return {image.id for image in self.table.images}

    def ground_truth(self, classes: Sequence[str], image_ids: Collection[int]) -> GroundTruth:
        """The annotations of some images; labels are places in ``classes``.

        Raises:
            UserError: The json's categories are not the classes.
        """
        table = self.table
        labels = labels_of_categories(classes, table.categories, str(self.path))
        own = np.array([*labels, -1], np.int64)[table.category_rows]
        images = table.image_ids
        rows = np.flatnonzero((own >= 0) & np.isin(images, list(image_ids)))
        return GroundTruth(
            images=images[rows],
            labels=own[rows],
            rles=table.rles.take(rows),
            boxes_xywh=table.boxes_xywh[rows],
            areas=table.areas[rows],
            crowd=table.crowds[rows],
        )


def read_coco_file(path: str | Path, *, annotated: bool = True) -> CocoGroundTruth:
    """Read a COCO json.

    Args:
        path: The file.
        annotated: Whether it must hold annotations.

    Returns:
        The file; without annotations it has none.

    Raises:
        UserError: No such file, no json, a part of COCO's layout is missing, or an entry can't be
            meant; in one line with the file, the image and the annotation.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f'no such ground truth: {path}')
    table = read_table(path, TableRules(keep_empty=True))
    for part in ('images', 'annotations', 'categories'):
        if part not in table.lists and (annotated or part != 'annotations'):
            raise UserError(f'{path} has no {part}: a score needs a COCO json with annotations')
    require_sizes(table.file, table.images)
    return CocoGroundTruth(path, table)
