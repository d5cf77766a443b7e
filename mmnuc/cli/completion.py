"""Completion of commands, options, choices and paths by the shell."""

from __future__ import annotations

import argparse
from typing import Any

from mmnuc.cli.options import FOLDERS

SHELLS = ('bash', 'zsh', 'tcsh')


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Write the script that teaches a shell a parser's commands and options.

    Args:
        parser: With the arguments of all commands.
        shell: One of :data:`SHELLS`.

    Returns:
        The script; `eval` takes it.

    Example:
        >>> from mmnuc.cli.parser import Parser
        >>> script = completion_script(Parser(prog='mmnuc'), 'bash')
        >>> script.splitlines()[-1].endswith('mmnuc')
        True
    """
    import shtab

    _mark_paths(parser, shtab.FILE, shtab.DIRECTORY)
    return str(shtab.complete(parser, shell=shell))


def _mark_paths(parser: argparse.ArgumentParser, file: Any, folder: Any) -> None:
    """Say in shtab's words which arguments are paths."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for own in action.choices.values():
                _mark_paths(own, file, folder)
        kind = getattr(action, 'completes', None)
        if kind is not None:
            action.complete = folder if kind == FOLDERS else file  # type: ignore[attr-defined]
