"""Every command helps, none loads what it does not need for that."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.main import main, parse

HEAVY = ('numpy', 'torch', 'mmengine', 'mmcv', 'mmdet', 'numba', 'cv2', 'scipy', 'PIL', 'shtab')
HELP = """
import contextlib, io, sys
from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.main import main
for words in [['--help'], *([name, '--help'] for name in COMMANDS)]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            main(words)
    except SystemExit as end:
        assert end.code == 0, words
    assert said.getvalue().startswith('usage: mmnuc'), words
print(*sorted({name.partition('.')[0] for name in sys.modules}))
"""


def python(repository: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, 'PYTHONPATH': str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_of_every_command_loads_the_standard_library_alone(repository: Path) -> None:
    done = python(repository, '-c', HELP)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) & set(HEAVY) == set()


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert f'    {name}' in said
        assert command.about[0].islower()


def test_every_tool_is_a_command(repository: Path) -> None:
    tools = sorted((repository / 'tools').glob('*.py'))
    texts = [path.read_text(encoding='utf-8') for path in tools]
    called = [re.findall(r"^    tool\('(.+)'\)$", text, re.MULTILINE) for text in texts]
    assert all(len(words) == 1 for words in called)
    assert {words[0].split()[0] for words in called} == set(COMMANDS) - {
        'models', 'doctor', 'completion',
    }  # fmt: skip


@pytest.mark.parametrize(
    'words', [['-m', 'mmnuc', 'plot-log', 'no/run'], ['tools/plot_log.py', 'no/run']]
)
def test_bad_input_is_one_line(repository: Path, words: list[str]) -> None:
    if words[0].startswith('tools/'):
        words = [str(repository / words[0]), *words[1:]]
    done = python(repository, *words)
    assert done.returncode == 2
    assert done.stderr.startswith('error: ')
    assert 'Traceback' not in done.stderr


def test_the_command_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['doctor', '--only', 'python']) == 0
    assert capsys.readouterr().out.startswith('ok')


def test_a_command_after_an_option_of_all() -> None:
    assert parse(['--version', 'demo']).seed == 0
