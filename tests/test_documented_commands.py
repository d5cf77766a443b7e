"""Every command in the documentation has options and configs that exist."""

import re
import shlex
from pathlib import Path

import pytest

from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.main import parse

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('**/*.md'))]
# As one writes it in a shell, after a prompt, or in the middle of a sentence.
TOOL = re.compile(r'python tools/(\w+)\.py((?: [^`\n]*)?)')
COMMAND = re.compile(rf'(?:^ *(?:\$ )?|`|&& |; )mmnuc ((?:{"|".join(COMMANDS)})\b[^`\n]*)', re.M)
# Placeholders of a synopsis, and what only the words around it can tell.
SYNOPSIS = re.compile(r'--help|\[--|\bFORMAT\b|\.\.\.|…|\bX\b')


def commands() -> list[str]:
    """Every command of every page, but for synopses and bare names."""
    texts = [page.read_text(encoding='utf-8').replace('\\\n', ' ') for page in PAGES]
    lines = {line for text in texts for line in COMMAND.findall(text)}
    for text in texts:
        lines |= {f'{command_of(tool)}{line}' for tool, line in TOOL.findall(text)}
    return sorted(line for line in lines if ' ' in line.strip() and not SYNOPSIS.search(line))


def command_of(tool: str) -> str:
    """The command that a file of tools/ stands for."""
    text = (ROOT / 'tools' / f'{tool}.py').read_text(encoding='utf-8')
    return re.findall(r"tool\('(.+)'\)", text)[0]


def test_there_are_commands() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize('line', commands())
def test_command(line: str) -> None:
    words = shlex.split(re.split(r' (?:&&|\||>|;) ', line)[0], comments=True)
    parse(words)
    configs = [ROOT / word for word in words if re.match(r'configs/.*\.py$', word)]
    assert [config for config in configs if not config.is_file()] == []
