"""Find the score threshold and the smallest area that score best on validation results."""

import argparse

from mmnuc.cli import options


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
    parser.add_argument(
        '--thresholds', type=float, nargs='+', help='score thresholds to try (0.05 to 0.95)'
    )
    parser.add_argument('--min-areas', type=int, nargs='+', default=[0], help='in pixels (0)')
    options.add_image_sizes(parser)


def run(args: argparse.Namespace) -> None:
    """Search, and print every setting that was tried."""
    from mmnuc.apis.tune import tune

    tried = {} if args.thresholds is None else {'thresholds': args.thresholds}
    sizes = dict(min_areas=args.min_areas, images=args.images)
    found = tune(args.gt, args.pred, args.score, **sizes, **tried)
    print(found.table())
