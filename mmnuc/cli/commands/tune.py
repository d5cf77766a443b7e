"""Find the score threshold and the smallest area that score best on validation results."""

import argparse

from mmnuc.cli import options
from mmnuc.cli.choices import THRESHOLDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = 'example: mmnuc tune data/vrdl2021/val.json val.pkl --score nuclei/aji'
    options.completes(parser.add_argument('gt', help='ground truth of the validation images'))
    options.completes(
        parser.add_argument(
            'pred', help='unfiltered predictions on them, as `mmnuc evaluate` takes'
        )
    )
    parser.add_argument('--score', default='nuclei/pq', help='what to maximise (nuclei/pq)')
    parser.add_argument('--thresholds', type=float, nargs='+', default=THRESHOLDS)
    parser.add_argument('--min-areas', type=int, nargs='+', default=[0], help='in pixels (0)')


def run(args: argparse.Namespace) -> None:
    """Search, and print every setting that was tried."""
    from mmnuc.apis.tune import tune

    found = tune(
        args.gt, args.pred, args.score, thresholds=args.thresholds, min_areas=args.min_areas
    )
    print(found.table())
