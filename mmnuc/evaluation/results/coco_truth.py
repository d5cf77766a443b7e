"""Ground truth from a COCO json, as COCO's protocol wants it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import GroundTruth
from mmnuc.evaluation.results.categories import categories_of_labels


@dataclass(frozen=True)
class CocoGroundTruth:
    """A COCO json with annotations, read but not yet converted.

    Attributes:
        path: Where it was read.
        content: The json.
    """

    path: Path
    content: dict[str, Any]

    @property
    def image_ids(self) -> set[int]:
        """Ids of all images."""
        return {int(image['id']) for image in self.content['images']}

    def ground_truth(self, classes: Sequence[str], image_ids: Collection[int]) -> GroundTruth:
        """The annotations of some images; labels are places in ``classes``.

        Raises:
            UserError: The json's categories are not the classes.
        """
        categories = self.content['categories']
        names, ids = [c['name'] for c in categories], [c['id'] for c in categories]
        label_of = {
            category: label
            for label, category in enumerate(
                categories_of_labels(classes, names, ids, str(self.path))
            )
        }
        sizes = {i['id']: (int(i['height']), int(i['width'])) for i in self.content['images']}
        entries = [
            entry
            for entry in self.content['annotations']
            if entry['category_id'] in label_of and entry['image_id'] in image_ids
        ]
        return GroundTruth(
            images=np.array([entry['image_id'] for entry in entries], np.int64),
            labels=np.array([label_of[entry['category_id']] for entry in entries], np.int64),
            rles=[
                segmentation_to_rle(entry['segmentation'], *sizes[entry['image_id']])
                for entry in entries
            ],
            boxes_xywh=np.array([entry['bbox'] for entry in entries], np.float64).reshape(-1, 4),
            areas=np.array([entry['area'] for entry in entries], np.float64),
            crowd=np.array([bool(entry.get('iscrowd', 0)) for entry in entries], bool),
        )


def read_coco_file(path: str | Path, *, annotated: bool = True) -> CocoGroundTruth:
    """Read a COCO json.

    Args:
        path: The file.
        annotated: Whether it must hold annotations.

    Returns:
        The file; without annotations it has none.

    Raises:
        UserError: No such file, no json, or a part of COCO's layout is missing.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f'no such ground truth: {path}') from None
    except ValueError as error:
        raise UserError(f'{path} is not json: {error}') from None
    for part in ('images', 'annotations', 'categories'):
        if not isinstance(content, dict) or part not in content:
            if part == 'annotations' and isinstance(content, dict) and not annotated:
                content['annotations'] = []
                continue
            raise UserError(f'{path} has no {part}: a score needs a COCO json with annotations')
    return CocoGroundTruth(path, content)
