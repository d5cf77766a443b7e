"""Regions are cut out where they are, however few bits the network computes with."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData
from torch import nn

CONFIG = Path(__file__).parents[3] / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021.py'


@pytest.fixture(scope='module')
def head() -> nn.Module:
    """The light model's RoI head, which notes the regions that it cuts out."""
    init_default_scope('mmdet')
    model = Config.fromfile(str(CONFIG)).model
    model.roi_head.update(train_cfg=model.train_cfg.rcnn, test_cfg=model.test_cfg.rcnn)
    built = MODELS.build(model.roi_head).eval()
    built.seen = []
    for layer in built.bbox_roi_extractor.roi_layers:
        layer.register_forward_pre_hook(lambda _, given: built.seen.append(given))
    return built


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16, torch.float16])
def test_regions_are_not_rounded(head: nn.Module, dtype: torch.dtype) -> None:
    features = tuple(torch.randn(1, 128, 256 // 2**i, 256 // 2**i, dtype=dtype) for i in range(5))
    boxes = torch.tensor([[900.3, 700.7, 917.9, 716.1]])
    proposals = [InstanceData(bboxes=boxes, scores=torch.ones(1), labels=torch.zeros(1).long())]
    meta = dict(img_shape=(1024, 1024), ori_shape=(1024, 1024), scale_factor=(1.0, 1.0))
    head.seen.clear()
    with torch.inference_mode(), torch.autocast('cpu', torch.bfloat16, dtype != torch.float32):
        head.predict(features, proposals, [SimpleNamespace(metainfo=meta, **meta)], rescale=True)
    (rois,) = [given[1] for given in head.seen if isinstance(given, tuple) and len(given[1])]
    assert torch.equal(rois[:, 1:], boxes)
