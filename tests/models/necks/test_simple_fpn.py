"""A vision transformer with a pyramid trains and predicts as the other backbones do."""

from typing import Any

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import InstanceData

from mmnuc.models.necks import SimpleFPN
from mmnuc.resources import config_file
from mmnuc.structures import CropMasks

CHANNELS = 16


def detector(patch: int) -> Any:
    """The light Mask R-CNN on a small transformer that begins at random."""
    cfg = Config.fromfile(config_file('mask-rcnn_r18_fpn-light_2k_vrdl2021'))
    model = cfg.model
    strides = [patch / 4, patch / 2, patch, patch * 2, patch * 4]
    model.data_preprocessor.pad_size_divisor = patch * 2
    model.backbone = dict(
        type='mmnuc.TimmBackbone',
        model_name='vit_tiny_patch16_224',
        out_indices=(1,),
        **dict(depth=2, patch_size=patch, img_size=patch * 4, dynamic_img_size=True),
    )
    model.neck = dict(type='mmnuc.SimpleFPN', in_channels=192, out_channels=cfg.channels)
    model.rpn_head.anchor_generator.strides = strides
    model.rpn_head.anchor_generator.scales = [12 / strides[0]]
    model.rpn_head.anchor_generator.ratios = [0.5, 1.0, 2.0]
    for extractor in (model.roi_head.bbox_roi_extractor, model.roi_head.mask_roi_extractor):
        extractor.featmap_strides = strides[:4]
    with DefaultScope.overwrite_default_scope('mmdet'):
        return MODELS.build(model)


def sample(height: int, width: int) -> DetDataSample:
    masks = np.zeros((2, height, width), np.uint8)
    masks[0, 10:30, 10:30] = masks[1, 40:60, 20:50] = 1
    shape = {'img_shape': (height, width), 'ori_shape': (height, width)}
    found = DetDataSample(metainfo={**shape, 'scale_factor': (1.0, 1.0), 'img_id': 1})
    found.gt_instances = InstanceData(
        bboxes=torch.tensor([[10.0, 10, 30, 30], [20, 40, 50, 60]]),
        labels=torch.zeros(2, dtype=torch.long),
        masks=CropMasks.from_bitmaps(masks),
    )
    found.ignored_instances = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long)
    )
    return found


@pytest.mark.parametrize(('patch', 'size'), [(16, (64, 96)), (16, (70, 75)), (14, (70, 100))])
def test_it_trains_and_predicts(patch: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = detector(patch).train()
    image = torch.randint(0, 256, (3, *size), dtype=torch.uint8)
    data = {'inputs': [image], 'data_samples': [sample(*size)]}
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    total, _ = model.parse_losses(losses)
    total.backward()
    assert torch.isfinite(total)
    assert all(
        value.grad is not None and bool(value.grad.abs().sum() > 0)
        for value in model.neck.levels[0].parameters()
    )
    model.eval()
    with torch.inference_mode():
        (found,) = model(**model.data_preprocessor(data, False), mode='predict')
    assert (found.pred_instances.masks.height, found.pred_instances.masks.width) == size


@pytest.mark.parametrize('num_outs', [4, 6])
def test_levels_halve(num_outs: int) -> None:
    neck = SimpleFPN([7, 8], CHANNELS, num_outs)
    sides = [level.shape[-1] for level in neck([torch.rand(1, 7, 9, 9), torch.rand(1, 8, 16, 16)])]
    assert sides == [64, 32, 16, 8, 4, 2][:num_outs]


def test_too_few_levels() -> None:
    with pytest.raises(ValueError, match='num_outs is 4 or more, not 3'):
        SimpleFPN(8, CHANNELS, 3)
