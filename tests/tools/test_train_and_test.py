"""From training to a submission, with the tools as a user calls them."""

import json
import pickle
from pathlib import Path

import pytest

from mmnuc.evaluation.submission.formats import FORMATS
from mmnuc.evaluation.submission.validate_file import validate_file


@pytest.fixture(scope='module')
def tested(trained: Path, tool) -> Path:
    """The folder of a finished test: answer.json, predictions.pkl and pictures/."""
    folder = trained.parent / 'tested'
    finished = tool(
        'test.py', trained, trained.parent / 'run/iter_6.pth', '--work-dir', folder,
        '--out', folder / 'predictions.pkl', '--show-dir', folder / 'pictures',
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert 'Iter(test) [3/3]' in finished.stdout
    assert 'eta: 0:00:00' in finished.stdout
    return folder


def test_training_leaves_the_last_and_the_best_checkpoint(trained: Path) -> None:
    run = trained.parent / 'run'
    names = sorted(path.name for path in run.glob('*.pth'))
    assert names[1:] == ['iter_4.pth', 'iter_6.pth']
    assert names[0].startswith('best_coco_segm_mAP_50_iter_')
    assert (run / 'last_checkpoint').read_text().endswith('iter_6.pth')


def test_training_logs_time_left(trained: Path) -> None:
    log = next((trained.parent / 'run').glob('*/*.log')).read_text()
    assert 'Iter(train) [5/6]' in log
    assert 'Iter(val) [2/2]' in log
    assert log.count('eta: ') >= 8


def test_submission_is_valid_and_full(tested: Path, trained: Path) -> None:
    images = trained.parent / 'data/test.json'
    assert validate_file(FORMATS['vrdl2021'], tested / 'answer.json', images) == 0
    entries = json.loads((tested / 'answer.json').read_text())
    assert {entry['image_id'] for entry in entries} == {7, 8, 9}


def test_predictions_and_pictures_are_kept(tested: Path) -> None:
    predictions = pickle.loads((tested / 'predictions.pkl').read_bytes())
    assert [entry['img_id'] for entry in predictions] == [7, 8, 9]
    assert {path.name for path in (tested / 'pictures').iterdir()} == {
        'tile_7.png', 'tile_8.png', 'tile_9.png',
    }  # fmt: skip


def test_two_processes_write_the_submission_of_one(tested: Path, trained: Path, tool) -> None:
    folder = trained.parent / 'tested_by_two'
    finished = tool(
        'dist_test.sh', trained, trained.parent / 'run/iter_6.pth', 2, '--work-dir', folder
    )
    assert finished.returncode == 0, finished.stderr
    assert (folder / 'answer.json').read_bytes() == (tested / 'answer.json').read_bytes()


def test_two_processes_train(trained: Path, tool) -> None:
    folder = trained.parent / 'run_by_two'
    finished = tool(
        'dist_train.sh', trained, 2, '--work-dir', folder, '--cfg-options', 'train_cfg.max_iters=2'
    )
    assert finished.returncode == 0, finished.stderr
    assert 'coco/segm_mAP_50' in finished.stdout
    assert (folder / 'iter_2.pth').is_file()
