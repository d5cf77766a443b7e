"""What a training starts from."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.engine.initial_weights import require_weights, resume_from, start_from_scratch
from mmnuc.errors import UserError


@pytest.fixture
def cfg() -> Config:
    """A model whose backbone, in a list at some depth, starts from a file."""
    backbone = dict(
        frozen_stages=1,
        norm_eval=True,
        norm_cfg=dict(type='BN', requires_grad=False),
        init_cfg=dict(type='Pretrained', checkpoint='weights/r50.pth'),
    )
    heads = [dict(init_cfg=dict(type='Normal')), dict(init_cfg=dict(backbone['init_cfg']))]
    model = dict(backbone=backbone, roi_head=dict(mask_head=heads))
    source = {'weights/r50.pth': 'https://there'}
    return Config(dict(model=model, load_from=None, weights_source=source))


def test_files_that_are_missing_are_named_with_their_source(cfg: Config) -> None:
    with pytest.raises(UserError, match=r'put weights/r50.pth there \(https://there\)'):
        require_weights(cfg)


def test_addresses_and_files_that_are_there_are_fine(cfg: Config, tmp_path: Path) -> None:
    (tmp_path / 'a.pth').touch()
    for head in (cfg.model.backbone, cfg.model.roi_head.mask_head[1]):
        head.init_cfg.checkpoint = 'https://there/r50.pth'
    cfg.load_from = str(tmp_path / 'a.pth')
    require_weights(cfg)


def test_from_scratch_everything_learns(cfg: Config) -> None:
    cfg.load_from = 'weights/coco.pth'
    start_from_scratch(cfg)
    require_weights(cfg)
    backbone = cfg.model.backbone
    assert (backbone.frozen_stages, backbone.norm_eval) == (-1, False)
    assert backbone.norm_cfg.requires_grad is True
    assert cfg.model.roi_head.mask_head[0].init_cfg.type == 'Normal'


def test_a_resumed_training_needs_its_checkpoint_alone(cfg: Config, tmp_path: Path) -> None:
    resume_from(cfg, str(tmp_path / 'iter_5.pth'))
    with pytest.raises(UserError, match='no such checkpoint'):
        require_weights(cfg)
    (tmp_path / 'iter_5.pth').touch()
    require_weights(cfg)
    assert cfg.resume
