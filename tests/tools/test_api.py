"""The functions behind the commands return what was found and written."""

import pickle
from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis import checkpoints
from mmnuc.apis import test as testing
from mmnuc.apis import train as training
from mmnuc.errors import UserError


def test_a_training_names_what_it_left(world: Path) -> None:
    cfg = Config.fromfile(world)
    before = cfg.pretty_text
    found = training.train(cfg, work_dir=world.parent / 'run')
    assert cfg.pretty_text == before
    run = world.parent / 'run'
    assert found.work_dir == run
    assert found.config == run / 'tiny.py'
    assert Config.fromfile(found.config).train_cfg.max_iters == 6
    assert found.last_checkpoint == run / 'iter_6.pth'
    assert found.best_checkpoint is not None
    assert found.best_checkpoint.name.startswith('best_coco_segm_mAP_50_iter_')
    assert found.best_score >= found.scores['coco/segm_mAP_50']
    assert 'nuclei/pq' in found.scores


def test_a_test_returns_scores_and_files(trained: Path, tmp_path: Path) -> None:
    checkpoint = trained.parent / 'run/iter_6.pth'
    cfg = Config.fromfile(trained)
    cfg.test_dataloader.dataset.ann_file = 'val.json'
    cfg.test_evaluator = [
        *cfg.val_evaluator,
        dict(
            type='mmnuc.VRDL2021Submission',
            ann_file=cfg.val_evaluator[0].ann_file,
            outfile='answer.json',
        ),
    ]
    before = cfg.pretty_text
    found = testing.test(
        cfg, checkpoint, work_dir=tmp_path / 'run', out=tmp_path / 'p.pkl', show_dir=tmp_path / 'd'
    )
    assert cfg.pretty_text == before
    assert found.files == (tmp_path / 'run/answer.json', tmp_path / 'p.pkl', tmp_path / 'd')
    assert 0 <= found.scores['nuclei/pq'] <= 1
    assert len(pickle.loads((tmp_path / 'p.pkl').read_bytes())) == 2


def test_a_score_that_no_evaluator_gives(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'no score nuclei/beauty; there are: coco/'):
        checkpoints.score_checkpoints(
            trained, trained.parent / 'run', score='nuclei/beauty', work_dir=tmp_path
        )


def test_either_a_config_or_a_model(world: Path) -> None:
    with pytest.raises(UserError, match='name a config, or from_model and data'):
        training.train()
    with pytest.raises(UserError, match='name a config, or from_model and data'):
        training.train(world, data=world.parent)
