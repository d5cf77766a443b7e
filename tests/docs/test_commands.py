"""Every command in the documentation exists, with its options, and so do the configs it names."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.main import build_parser, parse
from mmnuc.resources import config_file, folder_of

ROOT = Path(__file__).resolve().parents[2]
# The changelog tells of commands as they were.
PAGES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    *sorted((ROOT / 'docs').rglob('*.md')),
    *sorted((ROOT / 'weights').glob('*.md')),
    *sorted((ROOT / 'configs').rglob('*.md')),
    *sorted((ROOT / 'benchmarks').rglob('*.md')),
]
FENCED = re.compile(r'^ *```(?:sh|bash)?\n(.*?)^ *```', re.DOTALL | re.MULTILINE)
INLINE = re.compile(r'(?<!`)`(mmnuc [a-z-]+[^`]*)`(?!`)')
SYNOPSIS = re.compile(r'\[--| FORMAT | SHELL|…')


def shell_lines(text: str) -> Iterator[str]:
    """The lines of a page's shell examples, each command of a chain by itself."""
    for block in FENCED.findall(text):
        for line in block.replace('\\\n', ' ').splitlines():
            for command in re.split(r'&&|\||>|\$\(', line):
                if command.strip().startswith('mmnuc '):
                    yield command.strip().removesuffix(')"\'')


TEXTS = [page.read_text(encoding='utf-8') for page in PAGES]
EXAMPLES = sorted({line for text in TEXTS for line in shell_lines(text)})
MENTIONS = sorted({mention for text in TEXTS for mention in INLINE.findall(text)})


def test_there_are_commands() -> None:
    assert len(EXAMPLES) > 40
    assert len(MENTIONS) > 20


@pytest.mark.parametrize('line', [line for line in EXAMPLES if not SYNOPSIS.search(line)])
def test_an_example_can_be_run(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    parse(words)
    folders = {path.name for path in folder_of('configs').iterdir()}
    for word in words:
        if re.sub(r'^(configs/|mmnuc::)', '', word).partition('/')[0] in folders:
            assert config_file(word).is_file()


@pytest.mark.parametrize('mention', MENTIONS)
def test_a_mention_is_a_command_with_its_options(mention: str) -> None:
    name = mention.split()[1]
    assert name in COMMANDS
    known = build_parser([name])._subparsers._group_actions[0].choices[name].format_help()
    options = re.findall(r'(?<!\S)--[a-z][a-z-]*', mention)
    assert [option for option in options if option not in known] == []


def test_tools_are_mentioned_as_files_that_exist() -> None:
    named = {name for text in TEXTS for name in re.findall(r'(?<![\w/])tools/\w+\.(?:py|sh)', text)}
    assert named
    assert {name for name in named if not (ROOT / name).is_file()} == set()
