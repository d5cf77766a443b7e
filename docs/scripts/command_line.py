"""The page of the command line, from the parsers themselves."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

_INTRO = """# Command line

`mmnuc COMMAND --help` prints what stands here; `python -m mmnuc` is the same program. The files of
`tools/` are the same commands with the same options, as users of MMDetection know them.
"""


def pages(root: Path) -> dict[str, str]:
    """The one page; the commands bring in the standard library alone until they run."""
    sys.path.insert(0, str(root))
    os.environ['COLUMNS'] = '84'  # where help texts are wrapped
    from mmnuc.cli.main import build_parser

    parser = build_parser()
    text = _INTRO
    for name, command in _commands(parser).items():
        text += f'\n## mmnuc {name}\n\n```text\n{command.format_help().rstrip()}\n```\n'
    return {'reference/command-line.md': text}


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Sub-commands of all levels, by the words that call them."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                found[name] = command
                found |= {f'{name} {below}': one for below, one in _commands(command).items()}
    return found
