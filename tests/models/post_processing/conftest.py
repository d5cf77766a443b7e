"""Instances to post-process, drawn as pictures."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmnuc.structures import CropMasks

Make = Callable[..., InstanceData]


def instances_of(
    pictures: Sequence[str], scores: Sequence[float], labels: Sequence[int] | None = None
) -> InstanceData:
    """One instance a picture: rows apart by blanks, ``#`` is inside."""
    dense = np.array([[list(row) for row in picture.split()] for picture in pictures]) == '#'
    masks = CropMasks.from_bitmaps(dense.reshape(len(pictures), *dense.shape[1:]))
    # The boxes of a network hug its masks loosely.
    boxes = torch.from_numpy(masks.boxes_xyxy).float() + torch.tensor([-0.25, -0.25, 0.25, 0.25])
    return InstanceData(
        metainfo=dict(img_id=7),
        bboxes=boxes,
        scores=torch.tensor(scores),
        labels=torch.tensor(labels or [0] * len(pictures)),
        masks=masks,
    )


@pytest.fixture(scope='session')
def drawn() -> Make:
    """Make instances: ``drawn(['##. ...'], [0.9])``."""
    return instances_of
