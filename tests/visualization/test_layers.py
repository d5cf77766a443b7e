"""mmdet's instances become layers, whatever their masks look like."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmnuc.ops.crops import to_bitmaps
from mmnuc.structures import CropMasks
from mmnuc.visualization.layers import ground_truth_layer, prediction_layer

SIZE_HW = (30, 40)


def squares(count: int = 3) -> np.ndarray:
    dense = np.zeros((count, *SIZE_HW), np.uint8)
    for i in range(count):
        dense[i, 2 : 8 + i, 2 + 10 * i : 9 + 10 * i] = 1
    return dense


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    'CropMasks': CropMasks.from_bitmaps,
    'BitmapMasks': lambda dense: BitmapMasks(dense, *SIZE_HW),
    'bool tensor': lambda dense: torch.from_numpy(dense) > 0,
    'uint8 tensor': torch.from_numpy,
    'array': lambda dense: dense.astype(np.int64),
    'run lengths': lambda dense: CropMasks.from_bitmaps(dense).to_rles(),
}


@pytest.mark.parametrize('layout', ['CropMasks', 'BitmapMasks'])
def test_masks_of_another_size_are_resized(layout: str) -> None:
    instances = InstanceData(masks=LAYOUTS[layout](squares()), labels=torch.zeros(3))
    layer = ground_truth_layer(instances, (60, 80))
    assert (layer.masks.height, layer.masks.width) == (60, 80)
    assert layer.boxes_xyxy[0].tolist() == [4, 4, 18, 16]


def predictions(masks: Any, scores: list[float]) -> InstanceData:
    return InstanceData(
        masks=masks,
        scores=torch.tensor(scores),
        labels=torch.tensor([0, 1, 1]),
        bboxes=torch.tensor([[2.0, 2, 9, 8], [12, 2, 19, 9], [22, 2, 29, 10]]),
    )


@pytest.mark.parametrize('layout', LAYOUTS)
def test_sure_predictions_are_kept_and_come_last(layout: str) -> None:
    instances = predictions(LAYOUTS[layout](squares()), [0.9, 0.3, 0.7])
    layer = prediction_layer(instances, SIZE_HW, ('cat', 'dog'), score_thr=0.3)
    assert layer.caption == 'prediction · 2 objects · score > 0.3'
    assert list(layer.texts) == ['dog 0.70', 'cat 0.90']
    assert layer.masks is not None
    assert np.array_equal(to_bitmaps(layer.masks), squares()[[2, 0]])


def test_one_class_needs_no_name() -> None:
    instances = predictions(CropMasks.from_bitmaps(squares()), [0.9, 0.3, 0.7])
    instances.labels[:] = 0
    layer = prediction_layer(instances, SIZE_HW, ('nucleus',))
    assert layer.caption == 'prediction · 3 nuclei'
    assert list(layer.texts) == ['0.30', '0.70', '0.90']
    assert not ground_truth_layer(instances, SIZE_HW, ('nucleus',)).texts


def test_ground_truth_names_its_classes() -> None:
    instances = predictions(CropMasks.from_bitmaps(squares()), [1, 1, 1])
    instances.labels[2] = 5
    assert ground_truth_layer(instances, SIZE_HW, ('cat', 'dog')).texts == ['cat', 'dog', 'class 5']


def test_boxes_alone_make_a_layer() -> None:
    boxes = torch.tensor([[1.0, 2, 3, 4]])
    for kind in (boxes, HorizontalBoxes(boxes)):
        layer = ground_truth_layer(InstanceData(bboxes=kind), SIZE_HW)
        assert layer.masks is None
        assert layer.boxes_xyxy.tolist() == [[1, 2, 3, 4]]
