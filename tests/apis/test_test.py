"""Where a test puts its results, and how checkpoints are compared."""

import doctest
import os
from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis import test as testing
from mmnuc.errors import UserError


def test_examples() -> None:
    assert doctest.testmod(testing).failed == 0


def test_files_without_a_folder_go_into_the_work_folder(tmp_path: Path) -> None:
    cfg = Config(
        dict(
            work_dir=str(tmp_path / 'run'),
            test_evaluator=[
                dict(type='Score'),
                dict(type='Writer', outfile='answer.json'),
                dict(type='Writer', outfile=str(tmp_path / 'other/answer.json')),
            ],
        )
    )
    testing.place_outfiles(cfg)
    assert cfg.test_evaluator[1].outfile == str(tmp_path / 'run/answer.json')
    assert cfg.test_evaluator[2].outfile == str(tmp_path / 'other/answer.json')
    assert (tmp_path / 'other').is_dir()


def test_checkpoints_come_in_the_order_they_were_written(tmp_path: Path) -> None:
    for age, name in enumerate(['iter_900.pth', 'iter_1000.pth', 'best.pth', 'log.json']):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    (tmp_path / '.iter_7.half.pth').touch()
    names = [path.name for path in testing.checkpoints_of(tmp_path)]
    assert names == ['iter_900.pth', 'iter_1000.pth', 'best.pth']


def test_score_must_be_named() -> None:
    cfg = Config(dict(default_hooks=dict(checkpoint=dict(type='CheckpointHook'))))
    with pytest.raises(UserError, match='name one with --score'):
        testing.score_of(cfg)
