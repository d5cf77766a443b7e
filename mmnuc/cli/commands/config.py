"""The configs that come with the project: list, print, copy."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a sub-command for each thing to do with configs."""
    kinds = parser.add_subparsers(dest='kind', metavar='KIND', required=True)
    listed = kinds.add_parser('list', help='name every experiment, with a line about it')
    listed.add_argument('word', nargs='*', help='only those whose name or line has all words')
    listed.set_defaults(act=_list)
    shown = kinds.add_parser('print', help='print a config with all its bases resolved')
    shown.add_argument('config', help='config file, or name of one that comes with the project')
    shown.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        default=[],
        metavar='KEY=VALUE',
        help='overwrite settings of the config: train_cfg.max_iters=100 key="[a,b]"',
    )
    shown.set_defaults(act=_print)
    copied = kinds.add_parser('copy', help='write a child of a config, to be changed')
    copied.add_argument('config', help='config file, or name of one that comes with the project')
    copied.add_argument('target', type=Path, help='file to write, .py')
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
    for info in found:
        print(f'{info.name:{width}}  {info.about}')


def _print(args: argparse.Namespace) -> None:
    from mmengine.config import DictAction

    from mmnuc.apis.configs import print_config

    parser = argparse.ArgumentParser()
    parser.add_argument('options', nargs='*', action=DictAction)
    options = parser.parse_args(args.cfg_options).options if args.cfg_options else {}
    print(print_config(args.config, options))


def _copy(args: argparse.Namespace) -> None:
    from mmnuc.apis.configs import copy_config

    print(copy_config(args.config, args.target))
