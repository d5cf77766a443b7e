"""Fields of an image's instances as the steps take them, and instances with other ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.ops.crops import Crops, take
from mmnuc.ops.morphology.refine import unchanged
from mmnuc.ops.overlap.masks import pixel_counts
from mmnuc.structures import CropMasks
from mmnuc.structures.host import to_crops, to_numpy


def array_of(instances: InstanceData, field: str) -> NDArray[Any]:
    """Return ``scores`` or ``labels``, of shape (N,).

    Raises:
        UserError: The model predicts none.
    """
    if field not in instances:
        raise UserError(f'post-processing needs {field}; the model predicts {_fields(instances)}')
    return to_numpy(instances[field])


def crops_of(instances: InstanceData) -> Crops:
    """Return the masks, whatever they are held in.

    Raises:
        UserError: The model predicts none.
    """
    if 'masks' not in instances:
        raise UserError(
            'this step of the post-processing needs masks; the model predicts '
            f'{_fields(instances)}: take the step out, or a model that segments instances'
        )
    return to_crops(instances.masks)


def select(instances: InstanceData, rows: NDArray[Any]) -> InstanceData:
    """Choose instances by numbers, which may repeat, or booleans.

    Args:
        instances: N instances.
        rows: Shape (M,), or N booleans.
    """
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    if np.array_equal(rows, np.arange(len(instances))):
        return instances
    # mmengine would cut masks out one by one and join them again.
    chosen = InstanceData(metainfo=instances.metainfo)
    rest = InstanceData(**{key: v for key, v in instances.items() if key != 'masks'})
    for key, value in rest[torch.from_numpy(rows)].items() if len(rest) else ():
        chosen.set_field(value, key)
    if 'masks' in instances:
        chosen.masks = CropMasks.from_crops(take(crops_of(instances), rows))
    return chosen


def with_scores(instances: InstanceData, scores: NDArray[np.floating]) -> InstanceData:
    """Give instances new scores, of the type that they had.

    Args:
        instances: N instances.
        scores: Shape (N,).
    """
    before = instances.scores
    changed = InstanceData(metainfo=instances.metainfo, **dict(instances.items()))
    if isinstance(before, torch.Tensor):
        changed.scores = torch.from_numpy(scores).to(before)
    else:
        changed.scores = scores.astype(np.asarray(before).dtype)
    return changed


def with_masks(instances: InstanceData, crops: Crops) -> InstanceData:
    """Give instances new masks.

    The box of an instance whose mask has changed becomes the tight box of the mask; an instance
    whose mask is empty is dropped.

    Args:
        instances: N instances.
        crops: N masks.
    """
    kept = unchanged(crops_of(instances), crops)
    changed = InstanceData(metainfo=instances.metainfo, **dict(instances.items()))
    changed.masks = CropMasks.from_crops(crops)
    if 'bboxes' in changed:
        changed.bboxes = _refitted(changed.bboxes, crops, np.flatnonzero(~kept))
    return select(changed, pixel_counts(crops) > 0)


def _refitted(boxes: Any, crops: Crops, rows: NDArray[np.int64]) -> Any:
    fitted = boxes.clone() if isinstance(boxes, torch.Tensor) else boxes.copy()
    tight = crops.boxes_xyxy[rows]
    if isinstance(fitted, torch.Tensor):
        fitted[torch.from_numpy(rows)] = torch.from_numpy(tight).to(fitted)
    else:
        fitted[rows] = tight
    return fitted


def _fields(instances: InstanceData) -> str:
    return ', '.join(sorted(instances.keys())) or 'nothing'
