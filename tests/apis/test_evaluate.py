"""tools/evaluate.py, as a user calls it."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmnuc.apis.evaluate import evaluate
from mmnuc.errors import UserError
from mmnuc.evaluation.functional import aggregated_jaccard_index, panoptic_quality

GT = np.zeros((60, 60), np.int32)
for number in range(9):
    GT[20 * (number // 3) :, 20 * (number % 3) :][3:15, 3:15] = number + 1
PRED = np.roll(GT, 2, axis=0)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    gt, pred = tmp_path / 'gt', tmp_path / 'pred'
    for folder, label_map in ((gt, GT), (pred, PRED)):
        folder.mkdir()
        np.save(folder / 'a.npy', label_map)
        np.save(folder / 'b.npy', label_map[:, ::-1])
    return gt, pred


def run(repository: Path, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, repository / 'tools/evaluate.py', *arguments]
    environment = {**os.environ, 'PYTHONPATH': str(repository)}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env=environment
    )


def test_scores_files_and_table(folders, repository: Path, tmp_path: Path) -> None:
    out = ('--json', tmp_path / 's.json', '--csv', tmp_path / 's.csv')
    done = run(repository, *folders, *out, '--max-dets', 4, '--n-resamples', 50)
    assert (done.returncode, done.stderr) == (0, '')
    scores = json.loads((tmp_path / 's.json').read_text())
    assert scores['nuclei/aji'] == aggregated_jaccard_index(GT, PRED)
    assert scores['nuclei/pq'] == panoptic_quality(GT, PRED).pq
    assert scores['coco/segm_mAP_50'] == pytest.approx(1)
    # 4 of 9 nuclei: recall 0.44, 45 of 101 points.
    assert scores['upper_bound']['coco/segm_mAP_50_max4'] == pytest.approx(45 / 101)
    assert scores['coco/segm_mAP_50_max4'] == pytest.approx(45 / 101)
    assert 'a cap on detections binds' in done.stdout
    rows = list(csv.DictReader((tmp_path / 's.csv').read_text().splitlines()))
    assert [row['file_name'] for row in rows] == ['a.npy', 'b.npy']
    assert f'{scores["nuclei/aji"]:.4f}' in done.stdout


def test_no_cap_no_warning(folders) -> None:
    card = evaluate(*folders, caps=(None,), n_resamples=0)
    assert not card.upper_bounds
    assert 'warning' not in card.explanation()
    assert 'warning: a cap' in evaluate(*folders, caps=(4,), n_resamples=0).explanation()


def test_a_function_prints_nothing(folders, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate(*folders, n_resamples=0)
    assert capsys.readouterr() == ('', '')


def test_missing_images_count_as_empty(folders, repository: Path) -> None:
    (folders[1] / 'b.npy').unlink()
    card = evaluate(*folders, n_resamples=0)
    assert card.scores['nuclei/aji'] == aggregated_jaccard_index(GT, PRED) / 2
    assert card.missing == ['b.npy']
    said = f'{folders[1]}: nothing about 1 of 2 images, which count as empty: b.npy\n'
    assert run(repository, *folders).stderr == said


def test_bad_input_is_one_line(folders, repository: Path, tmp_path: Path) -> None:
    for arguments, said in (
        ((folders[0], tmp_path / 'none.pkl'), 'no such results'),
        ((tmp_path / 'none.json', folders[1]), 'no such ground truth'),
        ((*folders, '--json', tmp_path / 'no/s.json'), 'there is no such folder'),
    ):
        done = run(repository, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_cap_of_nothing(folders) -> None:
    with pytest.raises(UserError, match=r'caps are \(0,\)'):
        evaluate(*folders, caps=(0,))
