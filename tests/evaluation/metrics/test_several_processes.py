"""Two processes leave the files and scores of one."""

import json
import os
import pickle
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name('run_evaluators.py')
FILES = ('answer.json', 'voc.json', 'dsb.csv', 'images.csv')


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


def run_in_two_processes(folder: Path, repository: Path) -> None:
    port, environment = free_port(), {**os.environ, 'PYTHONPATH': str(repository)}
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, str(rank), '2', port, folder],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs


@pytest.fixture(scope='module')
def folders(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> tuple[Path, Path]:
    one, two = tmp_path_factory.mktemp('one'), tmp_path_factory.mktemp('two')
    runpy.run_path(str(SCRIPT))['main'](0, 1, '', one)
    run_in_two_processes(two, repository)
    return one, two


@pytest.mark.parametrize('name', FILES)
def test_files_are_the_same_byte_for_byte(name: str, folders: tuple[Path, Path]) -> None:
    one, two = folders
    assert (one / name).read_bytes() == (two / name).read_bytes()
    assert (one / name).stat().st_size > 0


def test_scores_are_the_same_on_every_rank(folders: tuple[Path, Path]) -> None:
    one, two = folders
    scores = json.loads((one / 'scores0.json').read_text())
    assert scores['coco/segm_mAP'] == 1
    assert 0 < scores['nuclei/aji'] < 1
    assert scores['vrdl2021/entries'] == 13 % 4 + 2 + 11 % 4 + 7 % 4 + 5 % 4
    for rank in range(2):
        assert json.loads((two / f'scores{rank}.json').read_text()) == scores


def test_dumped_results_are_the_same(folders: tuple[Path, Path]) -> None:
    one, two = (pickle.loads((folder / 'results.pkl').read_bytes()) for folder in folders)
    assert [result['img_id'] for result in two] == [13, 2, 11, 7, 5]
    for mine, theirs in zip(one, two, strict=True):
        np.testing.assert_equal(mine, theirs)


def test_images_are_complete_and_in_the_order_of_the_json(folders: tuple[Path, Path]) -> None:
    _, two = folders
    entries = json.loads((two / 'answer.json').read_text())
    ids = list(dict.fromkeys(entry['image_id'] for entry in entries))
    assert ids == [13, 2, 11, 7, 5]


def test_nothing_half_written_is_left(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        assert not [path for path in folder.iterdir() if path.name.startswith('.answer')]
