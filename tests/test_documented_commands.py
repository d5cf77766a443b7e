"""Every command in the documentation has a tool, options and configs that exist."""

import argparse
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))]
COMMAND = re.compile(r'python (tools/\w+\.py)((?: [^`\n]*)?)')


class ParsedError(Exception):
    """The arguments are right, and the tool need not run."""


def commands() -> list[tuple[str, str]]:
    """Tool and arguments of every command of every page, but for synopses."""
    texts = [page.read_text(encoding='utf-8').replace('\\\n', ' ') for page in PAGES]
    found = {match for text in texts for match in COMMAND.findall(text)}
    return sorted((tool, line) for tool, line in found if not re.search(r'\[--| FORMAT ', line))


def test_there_are_commands() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize(('tool', 'line'), commands())
def test_command(tool: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = argparse.ArgumentParser.parse_args

    def parse_only(parser: argparse.ArgumentParser, *args: object) -> None:
        raise ParsedError(parse(parser, *args))

    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', parse_only)
    spec = importlib.util.spec_from_file_location('tool', ROOT / tool)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    words = shlex.split(line, comments=True)
    with pytest.raises(ParsedError):
        module.main(words)
    configs = [ROOT / word for word in words if re.match(r'configs/.*\.py$', word)]
    assert [config for config in configs if not config.is_file()] == []
