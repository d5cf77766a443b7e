"""Draw the losses, the learning rate and the scores of one or several training runs."""

import argparse
from pathlib import Path

from mmnuc.cli.run import run
from mmnuc.visualization.training_curve import plot_runs


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'runs', nargs='+', type=Path, metavar='RUN', help='work folder of a run, or a scalars.json'
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='picture to write (default: curve.png in RUN, or curves.png here for several runs)',
    )
    parser.add_argument(
        '--keys',
        nargs='+',
        default=[],
        metavar='NAME',
        help='losses and scores to draw, by name or part of it',
    )
    args = parser.parse_args(argv)
    run = args.runs[0]
    of_one = (run if run.is_dir() else run.parent) / 'curve.png'
    out = args.out or (of_one if len(args.runs) == 1 else Path('curves.png'))
    print(f'wrote {plot_runs(args.runs, out, args.keys)}')


if __name__ == '__main__':
    run(main)
