"""Logs of one start, of many, and broken ones."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.visualization.training_log import read_training_log


def write_log(work_dir: Path, start: str, records: list[dict[str, Any]], tail: str = '') -> Path:
    path = work_dir / start / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join([*map(json.dumps, records), tail]))
    return path


def train(*iterations: int, loss: float = 1.0) -> list[dict[str, Any]]:
    return [
        {'lr': 0.1, 'loss': loss, 'loss_mask': loss / 2, 'time': 2.0, 'iter': i, 'step': i}
        for i in iterations
    ]


def score(step: int, value: float = 0.5) -> dict[str, Any]:
    return {'coco/segm_mAP_50': value, 'time': 1.0, 'data_time': 0.1, 'step': step}


def test_one_start(tmp_path: Path) -> None:
    write_log(tmp_path / 'light', '20250101_000000', [*train(20, 40), score(40), *train(60)])
    log = read_training_log(tmp_path / 'light')
    assert log.name == 'light'
    assert sorted(log.train) == ['loss', 'loss_mask', 'lr']
    assert log.train['loss'].steps.tolist() == [20, 40, 60]
    assert log.scores['coco/segm_mAP_50'].steps.tolist() == [40]
    assert list(log.scores) == ['coco/segm_mAP_50']


def test_a_resumed_start_replaces_what_was_lost(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', [*train(20, 40), score(40, 0.3), *train(60, 80)])
    write_log(tmp_path, '20250102_000000', [*train(60, 80, 100, loss=0.5), score(100, 0.6)])
    log = read_training_log(tmp_path)
    assert log.train['loss'].steps.tolist() == [20, 40, 60, 80, 100]
    assert log.train['loss'].values.tolist() == [1, 1, 0.5, 0.5, 0.5]
    assert log.scores['coco/segm_mAP_50'].values.tolist() == [0.3, 0.6]


def test_a_start_from_scratch_replaces_everything(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', [*train(20, 40, 60), score(60)])
    write_log(tmp_path, '20250102_000000', train(20, loss=3.0))
    log = read_training_log(tmp_path)
    assert log.train['loss'].values.tolist() == [3.0]
    assert not log.scores


def test_a_score_logged_twice_counts_once(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', [*train(20), score(30, 0.1)])
    write_log(tmp_path, '20250102_000000', [score(30, 0.2), *train(40)])
    assert read_training_log(tmp_path).scores['coco/segm_mAP_50'].values.tolist() == [0.2]


def test_starts_that_only_tested_do_not_count(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', [*train(20), score(20, 0.4)])
    write_log(tmp_path, '20250102_000000', [score(0, 0.9)])
    write_log(tmp_path, '20250103_000000', [])
    assert read_training_log(tmp_path).scores['coco/segm_mAP_50'].values.tolist() == [0.4]


def test_scores_counted_in_epochs_are_placed_by_iteration(tmp_path: Path) -> None:
    records = [*train(50, 100), score(1), *train(150, 200), score(2)]
    write_log(tmp_path, '20250101_000000', records)
    assert read_training_log(tmp_path).scores['coco/segm_mAP_50'].steps.tolist() == [100, 200]


@pytest.mark.parametrize('part', ['', '20250101_000000', '20250101_000000/vis_data'])
def test_every_folder_above_the_log_will_do(tmp_path: Path, part: str) -> None:
    path = write_log(tmp_path, '20250101_000000', train(20))
    assert read_training_log(tmp_path / part).train['loss'].steps.tolist() == [20]
    assert read_training_log(path).name == '20250101_000000'


def test_a_line_cut_by_a_kill_is_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', train(20, 40), tail='{"lr": 0.1, "lo')
    assert read_training_log(tmp_path).train['loss'].steps.tolist() == [20, 40]


def test_losses_that_exploded_are_kept_as_such(tmp_path: Path) -> None:
    write_log(tmp_path, '20250101_000000', [*train(20), *train(40, loss=float('nan'))])
    assert np.isnan(read_training_log(tmp_path).train['loss'].values).tolist() == [False, True]


def broken_line(folder: Path) -> None:
    write_log(folder, '20250101_000000', [], tail='{"lr": 0.1\n{"lr": 0.1, "loss": 1, "step": 2}\n')


def not_an_entry(folder: Path) -> None:
    write_log(folder, '20250101_000000', [], tail='[1, 2]\n{"lr": 0.1, "loss": 1, "step": 2}\n')


def not_text(folder: Path) -> None:
    write_log(folder, '20250101_000000', []).write_bytes(b'\xff\xfe\x00\x80')


def empty_log(folder: Path) -> None:
    write_log(folder, '20250101_000000', [])


def no_log(folder: Path) -> None:
    (folder / '20250101_000000').mkdir()


def nothing(folder: Path) -> None:
    os.rmdir(folder)


@pytest.mark.parametrize(
    ('make', 'said'),
    [
        (broken_line, r'scalars\.json, line 1 is not a log entry'),
        (not_an_entry, r'scalars\.json, line 1 is not a log entry'),
        (not_text, 'cannot read .*scalars'),
        (empty_log, 'nothing was logged yet in'),
        (no_log, 'no training log in'),
        (nothing, 'no such run'),
    ],
)
def test_bad_logs_are_named(tmp_path: Path, make: Any, said: str) -> None:
    folder = tmp_path / 'run'
    folder.mkdir()
    make(folder)
    with pytest.raises(UserError, match=said):
        read_training_log(folder)
