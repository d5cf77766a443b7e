"""What the options of a training do to its config."""

from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis import train as training
from mmnuc.errors import UserError

CONFIG = """
model = dict(
    backbone=dict(
        frozen_stages=1, norm_eval=True, norm_cfg=dict(type='BN', requires_grad=False),
        init_cfg=dict(type='Pretrained', checkpoint='weights/backbone.pth'),
    ),
    parts=[dict(init_cfg=dict(type='Pretrained', checkpoint='https://example.org/part.pth'))],
    head=dict(init_cfg=dict(type='Normal')),
)
optim_wrapper = dict(type='OptimWrapper')
auto_scale_lr = dict(enable=False, base_batch_size=2)
weights_source = {'weights/backbone.pth': 'https://example.org/backbone.pth'}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that relative paths of the config start from."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.py').write_text(CONFIG)
    return tmp_path


def configured(folder: Path, **options: object) -> Config:
    """Apply options to the config."""
    return training.training_config(folder / 'a.py', **options)


def provide_weights(folder: Path) -> None:
    (folder / 'weights').mkdir()
    (folder / 'weights/backbone.pth').touch()


def test_defaults(folder: Path) -> None:
    provide_weights(folder)
    cfg = configured(folder)
    assert cfg.work_dir == 'work_dirs/a'
    assert cfg.optim_wrapper.type == 'OptimWrapper'
    assert 'randomness' not in cfg
    assert cfg.model.backbone.init_cfg.checkpoint == 'weights/backbone.pth'


def test_options(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provide_weights(folder)
    monkeypatch.setattr(training, 'get_device', lambda: 'cuda')
    cfg = configured(
        folder, amp=True, auto_scale_lr=True, seed=3, work_dir='other', freeze=['neck']
    )
    assert cfg.frozen == ['neck']
    assert cfg.optim_wrapper == dict(type='AmpOptimWrapper', loss_scale='dynamic')
    assert cfg.auto_scale_lr.enable
    assert cfg.randomness.seed == 3
    assert cfg.work_dir == 'other'


def test_half_precision_on_a_processor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provide_weights(folder)
    monkeypatch.setattr(training, 'get_device', lambda: 'cpu')
    monkeypatch.setattr(training, 'cpu_computes_in_bfloat16', lambda: True)
    assert configured(folder, amp=True).optim_wrapper == dict(type='mmnuc.Bfloat16OptimWrapper')


def test_options_that_do_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, 'get_device', lambda: 'cpu')
    monkeypatch.setattr(training, 'cpu_computes_in_bfloat16', lambda: False)
    with pytest.raises(UserError, match='--amp needs a GPU'):
        configured(folder, amp=True)
    (folder / 'a.py').write_text('model = dict()')
    with pytest.raises(UserError, match=r'a\.py does not say for which batch'):
        configured(folder, auto_scale_lr=True)


def test_missing_weights_are_named_with_their_source(folder: Path) -> None:
    with pytest.raises(UserError) as failure:
        configured(folder)
    assert 'weights/backbone.pth' in str(failure.value)
    assert 'https://example.org/backbone.pth' in str(failure.value)


def test_from_scratch_everything_learns(folder: Path) -> None:
    cfg = configured(folder, cfg_options=dict(from_scratch=True, load_from='weights/all.pth'))
    assert cfg.load_from is None
    backbone = cfg.model.backbone
    assert backbone.init_cfg is None
    assert (backbone.frozen_stages, backbone.norm_eval) == (-1, False)
    assert backbone.norm_cfg.requires_grad
    assert cfg.model.parts[0].init_cfg is None
    assert cfg.model.head.init_cfg.type == 'Normal'


def test_resuming_needs_no_published_weights(folder: Path) -> None:
    (folder / 'run').mkdir()
    (folder / 'run/iter_3.pth').touch()
    cfg = configured(folder, resume=True, work_dir='run')
    assert (cfg.resume, cfg.load_from) == (True, 'run/iter_3.pth')
    assert cfg.model.backbone.init_cfg is None


def test_a_training_from_scratch_resumes_as_one(folder: Path) -> None:
    (folder / 'run').mkdir()
    (folder / 'run/iter_3.pth').touch()
    options = dict(from_scratch=True)
    cfg = configured(folder, cfg_options=options, resume=True, work_dir='run')
    assert cfg.load_from == 'run/iter_3.pth'
    assert cfg.model.backbone.frozen_stages == -1


def test_resuming_without_a_checkpoint_starts_anew(folder: Path) -> None:
    provide_weights(folder)
    cfg = configured(folder, resume=True, work_dir='run')
    assert not cfg.get('resume')
