"""Draw the losses, the learning rate and the scores of one or several training runs."""

import argparse
from pathlib import Path

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.completes(
        parser.add_argument(
            'runs',
            nargs='+',
            type=Path,
            metavar='RUN',
            help='work folder of a run, or a scalars.json',
        )
    )
    options.completes(
        parser.add_argument(
            '--out',
            type=Path,
            help='picture to write (default: curve.png in RUN, or curves.png here for several '
            'runs)',
        )
    )
    parser.add_argument(
        '--keys',
        nargs='+',
        default=[],
        metavar='NAME',
        help='losses and scores to draw, by name or part of it',
    )


def run(args: argparse.Namespace) -> None:
    """Draw the curves and say where."""
    from mmnuc.visualization.training_curve import plot_runs

    first = args.runs[0]
    of_one = (first if first.is_dir() else first.parent) / 'curve.png'
    out = args.out or (of_one if len(args.runs) == 1 else Path('curves.png'))
    print(f'wrote {plot_runs(args.runs, out, args.keys)}')
