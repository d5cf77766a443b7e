"""Shells take the completion script, which knows every command and completes paths."""

import shutil
import subprocess

import pytest

from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.completion import SHELLS
from mmnuc.cli.main import main


@pytest.fixture(params=SHELLS)
def script(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> str:
    main(['completion', request.param])
    return capsys.readouterr().out


def test_every_command_is_in_it(script: str) -> None:
    assert [name for name in COMMANDS if name not in script] == []
    assert '--score-thr' in script or 'score-thr' in script


def bash() -> str:
    found = shutil.which('bash')
    if found is None:
        pytest.skip('there is no bash')
    return found


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of some words."""
    line = ' '.join(f"'{word}'" for word in words)
    ask = f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _shtab_mmnuc; '
    done = subprocess.run(
        [bash(), '-c', f'{script}\n{ask} printf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def test_bash_takes_it_and_completes(
    capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(['completion', 'bash'])
    script = capsys.readouterr().out
    checked = subprocess.run(
        [bash(), '-n'], input=script, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, '')
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'tile_1.png').touch()
    assert completed(script, 'mmnuc', 'pre') == ['predict']
    assert completed(script, 'mmnuc', 'browse', 'a.py', '--styl') == ['--style']
    assert completed(script, 'mmnuc', 'browse', '--style', 'gr') == ['grey']
    assert completed(script, 'mmnuc', 'predict', 'tile') == ['tile_1.png']
