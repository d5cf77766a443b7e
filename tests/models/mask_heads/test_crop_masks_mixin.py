"""Mask heads with crops against the same heads of mmdet."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.models import FCNMaskHead
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

from mmnuc.models import CropFCNMaskHead
from mmnuc.models.mask_heads.crop_masks_mixin import hold_crops
from mmnuc.structures import CropMasks

META = {'ori_shape': (61, 83), 'scale_factor': (1.7, 1.3)}
COUNT = 25


def heads(**settings: Any) -> tuple[FCNMaskHead, CropFCNMaskHead]:
    settings = {'num_convs': 0, 'in_channels': 2, 'conv_out_channels': 2, **settings}
    return FCNMaskHead(**settings), CropFCNMaskHead(**settings)


def boxes_and_labels(num_classes: int) -> InstanceData:
    rng = np.random.default_rng(0)
    corners = rng.random((COUNT, 2, 2)) * (140, 80)
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1).astype(np.float32)
    labels = torch.from_numpy(rng.integers(0, num_classes, COUNT))
    return InstanceData(bboxes=torch.from_numpy(boxes), labels=labels)


def predict(head: FCNMaskHead, mask_preds: Any, results: InstanceData, **options: Any) -> Any:
    threshold = options.pop('mask_thr_binary', 0.5)
    config = ConfigDict(mask_thr_binary=threshold)
    return head.predict_by_feat((mask_preds,), [copy.deepcopy(results)], [META], config, **options)[
        0
    ]


@pytest.mark.parametrize('rescale', [True, False])
@pytest.mark.parametrize('threshold', [0.5, -1])
@pytest.mark.parametrize('classes', [1, 3, 'agnostic'])
def test_same_masks_and_boxes_as_the_head_itself(
    classes: Any, threshold: float, rescale: bool
) -> None:
    agnostic = classes == 'agnostic'
    num_classes = 3 if agnostic else classes
    theirs, ours = heads(num_classes=num_classes, class_agnostic=agnostic)
    # An odd size: torch's sigmoid rounds differently at the end of an array.
    logits = torch.randn(COUNT, 1 if agnostic else num_classes, 13, 11)
    found = boxes_and_labels(num_classes)
    options = {'rescale': rescale, 'mask_thr_binary': threshold}
    dense = predict(theirs, logits, found, **options)
    crops = predict(ours, logits, found, **options)
    assert np.array_equal(crops.masks.to_ndarray(), dense.masks.numpy().astype(np.uint8))
    assert torch.equal(crops.bboxes, dense.bboxes)
    assert dense.masks.any()


@pytest.mark.parametrize('as_array', [False, True])
def test_probabilities_averaged_over_stages(as_array: bool) -> None:
    theirs, ours = heads(num_classes=1)
    probabilities = torch.rand(COUNT, 1, 28, 28)
    given = probabilities.numpy() if as_array else probabilities
    found = boxes_and_labels(1)
    crops = predict(ours, given, found, rescale=True, activate_map=True)
    dense = predict(theirs, given, found, rescale=True, activate_map=True)
    assert np.array_equal(crops.masks.to_ndarray().astype(bool), dense.masks.numpy())


def test_image_without_boxes_beside_one_with_boxes() -> None:
    _, head = heads(num_classes=1)
    found = boxes_and_labels(1)
    config = ConfigDict(mask_thr_binary=0.5)
    logits = torch.randn(COUNT, 1, 28, 28)
    nothing, something = head.predict_by_feat(
        (logits[:0], logits), [found[:0], found], [META, META], config, rescale=True
    )
    assert isinstance(nothing.masks, CropMasks)
    assert (len(nothing.masks), nothing.masks.height, nothing.masks.width) == (0, 61, 83)
    assert len(something.masks) == COUNT


def test_same_weights_under_the_same_names() -> None:
    theirs, ours = heads(num_classes=2)
    assert ours.load_state_dict(theirs.state_dict()).missing_keys == []


def test_dense_masks_become_crops_and_crops_stay() -> None:
    dense = torch.zeros(2, 4, 5, dtype=torch.bool)
    dense[0, 1, 2] = True
    once = hold_crops([InstanceData(masks=dense)])
    masks = once[0].masks
    assert np.array_equal(masks.to_ndarray(), dense.numpy())
    assert hold_crops(once)[0].masks is masks
