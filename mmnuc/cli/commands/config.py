"""The configs that come with the project: list, print, copy."""

import argparse
import sys
from pathlib import Path
from shutil import get_terminal_size

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a sub-command for each thing to do with configs."""
    kinds = parser.add_subparsers(dest='kind', metavar='KIND', required=True)
    listed = kinds.add_parser('list', help='name every experiment, with a line about it')
    listed.add_argument('word', nargs='*', help='only those whose name or line has all words')
    listed.set_defaults(act=_list)
    shown = kinds.add_parser('print', help='print a config with all its bases resolved')
    options.completes(shown.add_argument('config', help=options.CONFIG))
    options.add_config_options(shown)
    shown.set_defaults(act=_print)
    copied = kinds.add_parser('copy', help='write a child of a config, to be changed')
    options.completes(copied.add_argument('config', help=options.CONFIG))
    options.completes(copied.add_argument('target', type=Path, help='file to write, .py'))
    copied.set_defaults(act=_copy)


def run(args: argparse.Namespace) -> None:
    """List, print or copy.

    Raises:
        UserError: Bad input, as the functions of :mod:`mmnuc.apis.configs` say.
    """
    args.act(args)


def _list(args: argparse.Namespace) -> None:
    from mmnuc.apis.configs import list_configs

    words = [word.lower() for word in args.word]
    found = [
        info
        for info in list_configs()
        if all(word in f'{info.name} {info.about}'.lower() for word in words)
    ]
    width = max((len(info.name) for info in found), default=0)
    # A terminal shows a line each; a file or a pipe gets all that is said.
    shown = get_terminal_size().columns if sys.stdout.isatty() else None
    for info in found:
        print(f'{info.name:{width}}  {info.about}'[:shown])


def _print(args: argparse.Namespace) -> None:
    from mmnuc.apis.configs import print_config

    print(print_config(args.config, options.config_options(args.cfg_options)))


def _copy(args: argparse.Namespace) -> None:
    from mmnuc.apis.configs import copy_config

    print(copy_config(args.config, args.target))
