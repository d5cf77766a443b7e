"""Print a config with all its bases and options resolved."""

import argparse
from pathlib import Path

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    kinds = parser.add_subparsers(dest='kind', metavar='KIND', required=True)
    shown = kinds.add_parser('print', description=__doc__, help='print a resolved config')
    options.completes(shown.add_argument('config', type=Path, help='config file'))
    options.add_config_options(shown)


def run(args: argparse.Namespace) -> None:
    """Print the config."""
    from mmnuc.engine.config import read_config

    print(read_config(args.config, options.config_options(args.cfg_options)).pretty_text)
