"""Which checkpoints are compared, and by what."""

import os
from pathlib import Path

import pytest
from mmengine.config import Config

from mmnuc.apis import checkpoints
from mmnuc.errors import UserError


def test_checkpoints_come_in_the_order_they_were_written(tmp_path: Path) -> None:
    for age, name in enumerate(['iter_900.pth', 'iter_1000.pth', 'best.pth', 'log.json']):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    (tmp_path / '.iter_7.half.pth').touch()
    names = [path.name for path in checkpoints.checkpoints_of(tmp_path)]
    assert names == ['iter_900.pth', 'iter_1000.pth', 'best.pth']


def test_score_must_be_named() -> None:
    cfg = Config(dict(default_hooks=dict(checkpoint=dict(type='CheckpointHook'))))
    with pytest.raises(UserError, match='name one with --score'):
        checkpoints.score_of(cfg)
