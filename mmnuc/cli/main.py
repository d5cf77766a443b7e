"""The command `mmnuc`: find the sub-command, parse its arguments, run it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from inspect import cleandoc
from types import ModuleType

from mmnuc.cli.commands import COMMANDS
from mmnuc.cli.parser import Parser
from mmnuc.cli.run import run

ABOUT = 'Find and outline every nucleus in a tissue image, on MMDetection.'


def main(argv: Sequence[str] | None = None) -> int | None:
    """Run one command.

    Args:
        argv: The command and its arguments; the process's own by default.

    Returns:
        Its exit code, where it is not 0.

    Raises:
        UserError: Bad input, as the function behind the command says.
        SystemExit: The arguments are wrong (2), or help was asked for (0).
    """
    args = parse(sys.argv[1:] if argv is None else argv)
    code: int | None = args.run(args)
    return code


def main_and_exit() -> None:
    """Run the command of this process and end it, as :func:`mmnuc.cli.run.run` says."""
    run(main)


def tool(command: str) -> None:
    """Run a file of ``tools/`` as the command that it stands for, and exit.

    Args:
        command: As it is written after ``mmnuc``: ``'train'`` or ``'config print'``.
    """
    run(lambda: main([*command.split(), *sys.argv[1:]]))


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command's arguments.

    Returns:
        The options, and in ``run`` the function that takes them.

    Raises:
        SystemExit: The arguments are wrong (2), or help was asked for (0).

    Example:
        >>> args = parse(['plot-log', 'work_dirs/a', '--keys', 'loss'])
        >>> args.runs, args.keys
        ([PosixPath('work_dirs/a')], ['loss'])
    """
    named = [word for word in argv if not word.startswith('-')][:1]
    return build_parser(named).parse_args(list(argv))


def build_parser(commands: Iterable[str] = COMMANDS) -> Parser:
    """The parser of all commands.

    Args:
        commands: Those whose arguments are needed: the modules of the others are not imported.
    """
    parser = Parser(
        prog='mmnuc',
        description=ABOUT,
        epilog='`mmnuc COMMAND --help` shows the options of a command.',
    )
    parser.add_argument(
        '--version', action='store_true', help='versions of everything that computes, and exit'
    )
    parser.set_defaults(run=lambda args: _without_command(args, parser))
    wanted = set(commands)
    kinds = parser.add_subparsers(title='commands', metavar='COMMAND', dest='command')
    for name, command in COMMANDS.items():
        own = kinds.add_parser(name, help=command.about)
        if name in wanted:
            _describe(own, import_module(f'mmnuc.cli.commands.{command.module}'))
    return parser


def _describe(parser: argparse.ArgumentParser, module: ModuleType) -> None:
    parser.description = cleandoc(module.__doc__ or '')
    parser.set_defaults(run=module.run)
    module.add_arguments(parser)


def _without_command(args: argparse.Namespace, parser: Parser) -> int:
    if not args.version:
        parser.print_help()
        return 0
    from mmnuc.cli.version import version_text

    print(version_text())
    return 0
