"""The table of formats, and the tool that offers it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmnuc.converters import FORMATS, convert
from mmnuc.errors import UserError


def tool(repository: Path, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, str(repository / 'tools' / 'convert.py'), *map(str, arguments)]
    environment = {**os.environ, 'PYTHONPATH': str(repository)}
    return subprocess.Popen(
        command, stdout=-1, stderr=-1, text=True, env=environment, start_new_session=True
    )


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='unknown format cityscapes; known are vrdl2021, dsb2018'):
        convert('cityscapes', tmp_path, tmp_path / 'out')


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in FORMATS:
        with pytest.raises(UserError, match=r'no such file or folder: .*missing'):
            convert(name, tmp_path / 'missing', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_an_option_of_another_format_is_refused(homework, tmp_path: Path) -> None:
    with pytest.raises(UserError, match='vrdl2021 takes no --labels'):
        convert('vrdl2021', homework.root, tmp_path / 'out', labels='x')


def test_the_tool_converts_and_tells(homework, repository: Path, tmp_path: Path) -> None:
    process = tool(repository, 'vrdl2021', homework.root, tmp_path / 'out', '--workers', 1)
    out, err = process.communicate()
    assert (process.returncode, 'converting: 100%' in err) == (0, True)
    assert 'note: 4 x several-parts' in out
    assert (tmp_path / 'out' / 'train.json').is_file()


def test_the_tool_names_the_formats_it_knows(repository: Path, tmp_path: Path) -> None:
    process = tool(repository, 'cityscapes', tmp_path, tmp_path / 'out')
    _, err = process.communicate()
    assert process.returncode == 2
    for name in (*FORMATS, 'synthetic'):
        assert name in err


def test_the_tool_lists_every_bad_file(homework, repository: Path, tmp_path: Path) -> None:
    homework.truncate('dataset/train/TCGA-B-1-x/masks/mask_0001.png')
    homework.mask('dataset/train/TCGA-C-1-x/masks/mask_0009.png')
    process = tool(repository, 'vrdl2021', homework.root, tmp_path / 'out', '--workers', 1)
    _, err = process.communicate()
    assert process.returncode == 2
    assert 'Traceback' not in err
    assert 'error: 2 bad files or masks' in err
    assert 'TCGA-B-1-x/masks/mask_0001.png: truncated' in err
    assert 'TCGA-C-1-x/masks/mask_0009.png' in err


def test_an_interrupt_is_answered_once_and_leaves_nothing(
    tree, repository: Path, tmp_path: Path
) -> None:
    tree.mask('large.png', (0, 0, 2500, 2500), size=3000)
    for name in ('a', 'b'):
        tree.image(f'{name}/images/{name}.png', size=3000)
        tree.path(f'{name}/masks/x')
        for number in range(1500):
            os.link(tree.root / 'large.png', tree.root / f'{name}/masks/{number:04}.png')
    process = tool(repository, 'dsb2018', tree.root, tmp_path / 'out', '--workers', 2)
    seen = ''
    while not re.search(r' [1-9]\d*/3002 ', seen):
        assert process.poll() is None
        seen += process.stderr.read(1)
    started = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert 'Traceback' not in err
    assert err.rstrip().endswith('interrupted')
    assert time.monotonic() - started < 20
    assert [path.name for path in tmp_path.iterdir()] == ['source']
