"""Faster networks: the same nuclei, in the precision that was promised."""

from pathlib import Path

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn

from mmnuc.inference.optimize import network as fast
from mmnuc.inference.optimize.half_precision import cpu_computes_in_bfloat16
from mmnuc.inference.optimize.mask_head import optimize_mask_head
from mmnuc.inference.optimize.network import optimize_network
from mmnuc.inference.optimize.roi_extractor import optimize_roi_extractor

CONFIG = Path(__file__).parents[3] / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_2k_vrdl2021.py'


def network() -> nn.Module:
    """The light model, with weights by chance and batch statistics that are not 0 and 1."""
    init_default_scope('mmdet')
    torch.manual_seed(0)
    built = MODELS.build(Config.fromfile(str(CONFIG)).model)
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return built.eval()


@torch.inference_mode()
def found(model: nn.Module) -> DetDataSample:
    torch.manual_seed(1)
    sample = DetDataSample(
        metainfo=dict(img_shape=(96, 96), ori_shape=(96, 96), scale_factor=(1.0, 1.0))
    )
    data = model.data_preprocessor(
        {'inputs': [torch.randint(255, (3, 96, 96), dtype=torch.uint8)], 'data_samples': [sample]}
    )
    return model(**data, mode='predict')[0].pred_instances


@torch.inference_mode()
def test_in_32_bits_the_features_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, 'cpu_computes_in_bfloat16', lambda: False)
    image = torch.randn(1, 3, 96, 96)
    before, after = network().extract_feat(image), optimize_network(network()).extract_feat(image)
    for level, expected in zip(after, before, strict=True):
        torch.testing.assert_close(level, expected, rtol=1e-4, atol=1e-4)
    assert after[0].is_contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
@pytest.mark.parametrize('classes', [1, 3])
def test_masks_are_the_same(classes: int) -> None:
    settings = dict(type='FCNMaskHead', num_convs=1, in_channels=8, conv_out_channels=8)
    init_default_scope('mmdet')
    head = MODELS.build(dict(settings, num_classes=classes))
    features = torch.randn(5, 8, 14, 14)
    before = head(features)
    optimize_mask_head(head)
    assert not any(isinstance(module, nn.ConvTranspose2d) for module in head.modules())
    torch.testing.assert_close(head(features), before, rtol=1e-5, atol=1e-6)
    assert before.shape == (5, classes, 28, 28)


@torch.inference_mode()
@pytest.mark.parametrize('largest', [0, 20, 300])
def test_regions_are_the_same(largest: int) -> None:
    """None, all of one level, and of several levels."""
    init_default_scope('mmdet')
    settings = Config.fromfile(str(CONFIG)).model.roi_head.bbox_roi_extractor
    extractor = MODELS.build(settings)
    features = tuple(torch.randn(2, 128, 64 // 2**i, 64 // 2**i) for i in range(4))
    corners = torch.rand(30 if largest else 0, 2) * 200
    sides = torch.rand(len(corners), 2) * largest + 8
    image = torch.arange(len(corners))[:, None] % 2
    rois = torch.cat([image, corners, corners + sides], 1)
    before = extractor(features, rois)
    optimize_roi_extractor(extractor)
    assert torch.equal(extractor(features, rois), before)
    with torch.inference_mode(False):
        learning = tuple(torch.randn(level.shape, requires_grad=True) for level in features)
        extractor(learning, rois.clone()).sum().backward()
        assert all(level.grad is not None for level in learning)


def test_other_ways_to_enlarge_stay() -> None:
    init_default_scope('mmdet')
    head = MODELS.build(dict(type='FCNMaskHead', upsample_cfg=dict(type='bilinear')))
    head.upsample = nn.ConvTranspose2d(256, 256, 3, stride=2)
    optimize_mask_head(head)
    assert isinstance(head.upsample, nn.ConvTranspose2d)


def test_no_batch_norm_is_left() -> None:
    left = [
        m for m in optimize_network(network()).backbone.modules() if isinstance(m, nn.BatchNorm2d)
    ]
    assert not left


@pytest.mark.skipif(
    not cpu_computes_in_bfloat16(), reason='this processor computes in 32 bits only'
)
def test_only_boxes_and_scores_are_in_32_bits() -> None:
    model, seen = optimize_network(network()), {}

    def note(name: str) -> None:
        def hook(_: nn.Module, __: object, output: torch.Tensor) -> None:
            seen[name] = output.dtype

        model.get_submodule(name).register_forward_hook(hook)

    short = {'backbone.conv1', 'rpn_head.rpn_conv', 'roi_head.mask_head.conv_logits'}
    for name in (*short, 'roi_head.bbox_head.fc_cls'):
        note(name)
    result = found(model)
    assert seen == {
        'roi_head.bbox_head.fc_cls': torch.float32,
        **dict.fromkeys(short, torch.bfloat16),
    }
    assert result.scores.dtype == result.bboxes.dtype == torch.float32
