"""What the demo and the generator say on the command line when something is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ('command', 'code', 'said'),
    [
        (['demo.py', '--seed', '-1'], 2, 'error: a seed is 0 or greater, not -1'),
        (['demo.py', '--work-dir', 'occupied'], 2, 'error: occupied is a file'),
        (['convert.py', 'synthetic', 'from', 'to'], 2, 'synthetic takes no SRC'),
        (['convert.py', 'vrdl2021', 'to'], 2, 'vrdl2021 takes SRC and DST'),
        (['convert.py', 'synthetic', 'occupied'], 2, 'error: occupied is a file'),
    ],
)
def test_one_clear_line(tmp_path: Path, command: list[str], code: int, said: str) -> None:
    (tmp_path / 'occupied').touch()
    done = subprocess.run(
        [sys.executable, str(ROOT / 'tools' / command[0]), *command[1:]],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert said in done.stderr.splitlines()[-1]
    assert 'Traceback' not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ['occupied']
