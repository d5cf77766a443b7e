"""Is this machine ready? One line a check, with the remedy if it fails."""

import argparse

from mmnuc.doctor.__main__ import CHECKS, examine_machine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        '--only',
        nargs='+',
        choices=CHECKS,
        default=list(CHECKS),
        metavar='CHECK',
        help=f'these checks alone: {", ".join(CHECKS)}',
    )


def run(args: argparse.Namespace) -> int:
    """Print the lines; 1 if a check failed."""
    return examine_machine(args.only)
