"""Any encoder of timm is a backbone, frozen as far as one likes."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from mmnuc.errors import UserError
from mmnuc.models import TimmBackbone

LITE0 = 'tf_efficientnet_lite0'
# Encoders of several families: their settings, channels and strides.
ENCODERS: dict[str, tuple[dict[str, Any], list[int], list[int]]] = {
    LITE0: ({}, [24, 40, 112, 320], [4, 8, 16, 32]),
    'resnet18': ({}, [64, 128, 256, 512], [4, 8, 16, 32]),
    'convnext_atto': ({'out_indices': (0, 1, 2, 3)}, [40, 80, 160, 320], [4, 8, 16, 32]),
    'mobilenetv3_small_100': ({'out_indices': (1, 2)}, [16, 24], [4, 8]),
    'vit_tiny_patch16_224': (
        {'out_indices': (3, 7, 11), 'dynamic_img_size': True},
        [192, 192, 192],
        [16, 16, 16],
    ),
}


def parameters(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize('name', ENCODERS)
def test_levels_are_those_of_timm(name: str) -> None:
    settings, channels, strides = ENCODERS[name]
    backbone = TimmBackbone(name, output_norm=False, **settings).eval()
    assert (backbone.channels, backbone.strides) == (channels, strides)
    images = torch.rand(2, 3, 64, 96)
    oracle = timm.create_model(
        name, features_only=True, **{'out_indices': (1, 2, 3, 4), **settings}
    ).eval()
    oracle.load_state_dict(backbone.encoder.state_dict())
    with torch.inference_mode():
        for ours, theirs in zip(backbone(images), oracle(images), strict=True):
            assert torch.equal(ours, theirs)
    assert [tuple(level.shape) for level in backbone(images)] == [
        (2, count, 64 // stride, 96 // stride)
        for count, stride in zip(channels, strides, strict=True)
    ]


def test_outputs_are_normalised() -> None:
    backbone = TimmBackbone('resnet18').train()
    for level in backbone(torch.rand(4, 3, 64, 64) * 100):
        means, deviations = level.mean((0, 2, 3)), level.std((0, 2, 3))
        assert means.abs().max() < 1e-3
        assert deviations.max() < 1.1


@pytest.mark.parametrize(
    ('name', 'stages', 'first_free'),
    [
        (LITE0, -1, 'encoder.conv_stem.weight'),
        (LITE0, 0, 'encoder.blocks.1.0.conv_pw.weight'),
        (LITE0, 2, 'encoder.blocks.3.0.conv_pw.weight'),
        (LITE0, 4, 'output_norm.0.weight'),
        (LITE0, 99, 'output_norm.0.weight'),
        ('resnet18', 0, 'encoder.layer1.0.conv1.weight'),
        ('resnet18', 1, 'encoder.layer2.0.conv1.weight'),
    ],
)
def test_what_is_frozen_does_not_move(name: str, stages: int, first_free: str) -> None:
    backbone = TimmBackbone(name, frozen_stages=stages).train()
    free = [key for key, value in backbone.named_parameters() if value.requires_grad]
    assert free[0] == first_free
    for part in backbone.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.ones_(part.weight)  # some begin with 0, which lets nothing through
    before = parameters(backbone)
    optimizer = torch.optim.SGD(backbone.parameters(), lr=1.0, weight_decay=0.1)
    levels = backbone(torch.rand(2, 3, 64, 64))
    sum((level * torch.rand(level.shape)).sum() for level in levels).backward()
    optimizer.step()
    after = parameters(backbone)
    names = list(before)
    for place, key in enumerate(names):
        moved = not torch.equal(before[key], after[key])
        assert moved == (place >= names.index(first_free)), key


def test_batch_statistics_stay_with_norm_eval() -> None:
    backbone = TimmBackbone('resnet18', norm_eval=True).train()
    before = parameters(backbone.encoder)
    backbone(torch.rand(2, 3, 64, 64))
    assert all(
        torch.equal(before[key], value) for key, value in parameters(backbone.encoder).items()
    )
    assert all(value.requires_grad for value in backbone.parameters())


def test_a_vision_transformer_freezes_by_blocks() -> None:
    settings = ENCODERS['vit_tiny_patch16_224'][0]
    backbone = TimmBackbone('vit_tiny_patch16_224', frozen_stages=1, **settings)
    frozen = {key for key, value in backbone.named_parameters() if not value.requires_grad}
    assert {'encoder.model.pos_embed', 'encoder.model.patch_embed.proj.weight'} <= frozen
    assert 'encoder.model.blocks.1.norm2.weight' in frozen
    assert 'encoder.model.blocks.2.norm1.weight' not in frozen


def test_weights_are_read_once(tmp_path: Path) -> None:
    source = TimmBackbone('resnet18')
    file = tmp_path / 'encoder.pth'
    torch.save(source.encoder.state_dict(), file)
    backbone = TimmBackbone('resnet18', init_cfg={'type': 'Pretrained', 'checkpoint': str(file)})
    backbone.init_weights()
    assert all(
        torch.equal(value, source.encoder.state_dict()[key])
        for key, value in backbone.encoder.state_dict().items()
    )
    file.unlink()
    backbone.init_weights()  # mmengine asks a model more than once


def test_the_hub_is_asked_by_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    create, asked = timm.create_model, []

    def offline(*, pretrained: bool = False, **settings: Any) -> Any:
        asked.append(pretrained)
        return create(**settings)

    monkeypatch.setattr(timm, 'create_model', offline)
    backbone = TimmBackbone('resnet18', init_cfg={'type': 'Pretrained', 'checkpoint': 'hub'})
    backbone.init_weights()
    assert asked == [False, True]


def test_a_model_that_timm_has_not() -> None:
    with pytest.raises(UserError, match=r"can't make resnet19: .*list_models\(\) names"):
        TimmBackbone('resnet19')


@pytest.mark.parametrize(
    'settings',
    [
        # As UNI, Phikon and Virchow are described to timm, made small.
        {'patch_size': 16, 'init_values': 1e-5},
        {'patch_size': 14, 'init_values': 1e-5, 'reg_tokens': 4, 'mlp_ratio': 5.3375},
    ],
)
def test_a_pathology_encoder_from_a_file(tmp_path: Path, settings: dict[str, Any]) -> None:
    small = {'img_size': 56 if settings['patch_size'] == 14 else 64, 'depth': 3, **settings}
    small = {**small, 'dynamic_img_size': True}
    held = timm.create_model('vit_tiny_patch16_224', num_classes=0, **small)
    file = tmp_path / 'pytorch_model.bin'
    torch.save(held.state_dict(), file)
    backbone = TimmBackbone(
        'vit_tiny_patch16_224',
        out_indices=(1, 2),
        output_norm=False,
        init_cfg={'type': 'Pretrained', 'checkpoint': str(file)},
        **small,
    ).eval()
    backbone.init_weights()
    held.eval()
    images = torch.rand(1, 3, small['img_size'] * 2, small['img_size'])
    with torch.inference_mode():
        oracle = held.forward_intermediates(images, indices=[1, 2], intermediates_only=True)
        for ours, theirs in zip(backbone(images), oracle, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-5)
