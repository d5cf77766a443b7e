"""One network on both roads: mmdet's full masks and ours give the same losses and results."""

from pathlib import Path
from typing import Any

import mmdet
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from mmnuc.structures import CropMasks

MMDET_CONFIGS = Path(mmdet.__file__).parent / '.mim' / 'configs'
POINT_REND = 'point rend'
CONFIGS = {
    'mask': '_base_/models/mask-rcnn_r50_fpn.py',
    'cascade': '_base_/models/cascade-mask-rcnn_r50_fpn.py',
    'htc': 'htc/htc-without-semantic_r50_fpn_1x_coco.py',
    'mask scoring': 'ms_rcnn/ms-rcnn_r50_fpn_1x_coco.py',
    POINT_REND: 'point_rend/point-rend_r50-caffe_fpn_ms-1x_coco.py',
}
SIZES_HW = [(96, 128), (120, 104)]
SMALL = {
    **dict.fromkeys(('in_channels', 'out_channels', 'feat_channels', 'conv_out_channels'), 16),
    'fc_out_channels': 32,
    'num_classes': 2,
}


def shrink(node: Any, crops: bool) -> None:
    """Make every part of mmdet's model small, for two classes, and maybe take our heads."""
    if isinstance(node, list):
        for item in node:
            shrink(item, crops)
    elif isinstance(node, ConfigDict):
        for key, value in node.items():
            if key in SMALL:
                node[key] = SMALL[key]
            elif key == 'type' and crops and value.endswith(('MaskHead', 'RoIHead')):
                node[key] = f'mmnuc.Crop{value}'
            shrink(value, crops)


def build(name: str, crops: bool) -> torch.nn.Module:
    init_default_scope('mmdet')
    config = Config.fromfile(MMDET_CONFIGS / CONFIGS[name]).model
    shrink(config, crops)
    config.data_preprocessor.pad_mask = True
    config.backbone.update(depth=18, base_channels=8, init_cfg=None)
    config.neck.in_channels = [8, 16, 32, 64]
    config.rpn_head.anchor_generator.scales = [3]
    config.test_cfg.rcnn.update(score_thr=0.0, max_per_img=40)
    torch.manual_seed(0)
    return MODELS.build(config)


def discs(rng: np.random.Generator, height: int, width: int, count: int) -> np.ndarray:
    """Full masks of shape (count, height, width), some of them over the border."""
    rows, columns = np.mgrid[:height, :width]
    centres = rng.random((count, 2)) * (height, width)
    radii = rng.uniform(4, 14, count)
    squared = (rows - centres[:, :1, None]) ** 2 + (columns - centres[:, 1:, None]) ** 2
    return (squared < radii[:, None, None] ** 2).astype(np.uint8)


def batch(crops: bool, nuclei: int = 12) -> dict[str, list[Any]]:
    """Two tiles of different sizes, as the pipeline packs them."""
    rng = np.random.default_rng(0)
    data: dict[str, list[Any]] = {'inputs': [], 'data_samples': []}
    for height, width in SIZES_HW:
        dense = discs(rng, height, width, nuclei)
        image = rng.integers(0, 256, (3, height, width), dtype=np.uint8) // 2 + dense.any(0) * 100
        masks = BitmapMasks(dense, height, width)
        gt = InstanceData(
            bboxes=masks.get_bboxes('hbox').tensor,
            labels=torch.arange(nuclei) % 2,
            masks=CropMasks.from_bitmaps(dense) if crops else masks,
        )
        meta = {'ori_shape': (height * 2, width * 2), 'scale_factor': (0.5, 0.5)}
        sample = DetDataSample(metainfo={**meta, 'img_shape': (height, width)})
        sample.gt_instances, sample.ignored_instances = gt, gt[:0]
        data['inputs'].append(torch.from_numpy(image.astype(np.uint8)))
        data['data_samples'].append(sample)
    return data


def losses_and_gradients(name: str, crops: bool, nuclei: int) -> dict[str, torch.Tensor]:
    model = build(name, crops).train()
    torch.manual_seed(1)
    losses = model(**model.data_preprocessor(batch(crops, nuclei), training=True), mode='loss')
    total, named = model.parse_losses(losses)
    total.backward()
    gradients = {key: value.grad for key, value in model.named_parameters()}
    return {**named, **{key: value for key, value in gradients.items() if value is not None}}


# PointRend's head of mmdet fails where there is nothing to sample points in.
@pytest.mark.parametrize(
    ('name', 'nuclei'),
    [(name, nuclei) for name in CONFIGS for nuclei in (12, 0) if (name, nuclei) != (POINT_REND, 0)],
)
def test_losses_and_gradients_are_the_same_bits(name: str, nuclei: int) -> None:
    dense = losses_and_gradients(name, crops=False, nuclei=nuclei)
    ours = losses_and_gradients(name, crops=True, nuclei=nuclei)
    assert any(key.endswith('loss_mask') for key in dense)
    assert dense.keys() == ours.keys()
    for key, value in dense.items():
        assert torch.equal(value, ours[key]), key


def test_point_rend_learns_from_background() -> None:
    found = losses_and_gradients(POINT_REND, crops=True, nuclei=0)
    assert found['loss_point'] == 0
    assert found['loss'] > 0
    assert any(key.startswith('roi_head.point_head') for key in found)
    assert all(value.isfinite().all() for value in found.values())


def predict(name: str, crops: bool, score_thr: float, rescale: bool) -> list[InstanceData]:
    model = build(name, crops).eval()
    model.roi_head.test_cfg.score_thr = score_thr
    with torch.no_grad():
        data = model.data_preprocessor(batch(crops))
        samples = model.predict(data['inputs'], data['data_samples'], rescale=rescale)
    return [sample.pred_instances for sample in samples]


@pytest.mark.parametrize('rescale', [True, False])
@pytest.mark.parametrize('name', CONFIGS)
def test_predictions_are_the_same(name: str, rescale: bool) -> None:
    dense = predict(name, crops=False, score_thr=0.0, rescale=rescale)
    ours = predict(name, crops=True, score_thr=0.0, rescale=rescale)
    for theirs, crops in zip(dense, ours, strict=True):
        assert len(theirs) == 40
        assert 0 < theirs.masks.float().mean() < 0.5
        for key in ('bboxes', 'scores', 'labels'):
            assert torch.equal(theirs[key], crops[key])
        assert isinstance(crops.masks, CropMasks)
        assert np.array_equal(theirs.masks.numpy(), crops.masks.to_ndarray().astype(bool))


@pytest.mark.parametrize('name', CONFIGS)
def test_nothing_found_gives_empty_crops(name: str) -> None:
    for instances, (height, width) in zip(predict(name, True, 1.0, True), SIZES_HW, strict=True):
        assert isinstance(instances.masks, CropMasks)
        masks = instances.masks
        assert (len(masks), masks.height, masks.width) == (0, height * 2, width * 2)
