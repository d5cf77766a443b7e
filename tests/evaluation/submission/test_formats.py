"""Writing is all or nothing; the tool's exit code and lines tell what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.submission.formats import FORMATS
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImage, BoardImages
from mmnuc.evaluation.submission.validate_file import validate_file

BOARD = BoardImages((BoardImage(1, 'a.png', 2, 3), BoardImage(2, 'b.png', 2, 3)))
IMAGES = [
    {'id': image.image_id, 'file_name': image.file_name, 'height': 2, 'width': 3}
    for image in BOARD.images
]


def results(score: float = 0.5) -> list[ImageResult]:
    rles = [{'size': [2, 3], 'counts': '312'}]
    box = np.array([[1.0, 1, 2, 2]])
    return [
        ImageResult(i, f'{i}.png', 2, 3, rles, np.array([score]), np.zeros(1, int), box)
        for i in (1, 2)
    ]


@pytest.mark.parametrize('name', FORMATS)
def test_a_written_file_is_valid_and_alone(name: str, tmp_path: Path) -> None:
    report = FORMATS[name].write(tmp_path / 'new' / 'answer', results(), BOARD)
    assert report.faults == ()
    assert sum(report.entries.values()) == 2
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['answer']


@pytest.mark.parametrize('broken', [results(score=1.5), results()[:1]])
def test_a_faulty_submission_leaves_the_old_file(broken: list, tmp_path: Path) -> None:
    path = tmp_path / 'answer.json'
    path.write_text('old')
    with pytest.raises(UserError, match=r'score is 1\.5|without a result'):
        FORMATS['vrdl2021'].write(path, broken, BOARD)
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def test_the_tool_names_faults_and_counts_entries(tmp_path: Path, capsys) -> None:
    images = tmp_path / 'test.json'
    images.write_text(json.dumps(IMAGES))
    answer = tmp_path / 'answer.json'
    FORMATS['vrdl2021'].write(answer, results(), BOARD)

    assert validate_file(FORMATS['vrdl2021'], answer, images) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ['image 1: 1 entries', 'image 2: 1 entries', 'all 2 images: 2 entries']
    assert lines[3].endswith('a valid vrdl2021 submission')

    entries = json.loads(answer.read_text())
    entries[1]['category_id'] = 0
    answer.write_text(json.dumps(entries))
    assert validate_file(FORMATS['vrdl2021'], answer, images) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('entries[1], image 2: category_id is 0')
    assert lines[-1].endswith('1 faults, 0 warnings')


def test_a_missing_submission_is_bad_input(tmp_path: Path) -> None:
    images = tmp_path / 'test.json'
    images.write_text(json.dumps(IMAGES))
    with pytest.raises(UserError, match='no such submission'):
        validate_file(FORMATS['dsb2018'], tmp_path / 'none.csv', images)


EXITS = {
    'valid': (['vrdl2021', 'answer.json', '--images', 'test.json'], 0, 'a valid vrdl2021'),
    'of another board': (['dsb2018', 'answer.json', '--images', 'test.json'], 1, 'the header is'),
    'no images json': (['vrdl2021', 'answer.json', '--images', 'none.json'], 2, 'none.json'),
    'unknown format': (['coco', 'answer.json', '--images', 'test.json'], 2, 'no choice "coco"'),
}


@pytest.mark.parametrize('name', EXITS)
def test_exit_code_of_the_tool(name: str, tmp_path: Path, repository: Path) -> None:
    arguments, code, message = EXITS[name]
    (tmp_path / 'test.json').write_text(json.dumps(IMAGES))
    FORMATS['vrdl2021'].write(tmp_path / 'answer.json', results(), BOARD)
    tool = [sys.executable, str(repository / 'tools' / 'validate_submission.py')]
    environment = {**os.environ, 'PYTHONPATH': str(repository)}
    done = subprocess.run(
        tool + arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert message in done.stdout + done.stderr
    assert 'Traceback' not in done.stderr
