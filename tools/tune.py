"""Find the score threshold and the smallest area that score best on validation results."""

import argparse

from mmnuc.apis.tune import THRESHOLDS, tune
from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/tune.py data/vrdl2021/val.json val.pkl --score nuclei/aji',
    )
    parser.add_argument('gt', help='ground truth of the validation images')
    parser.add_argument('pred', help='unfiltered predictions on them, as tools/evaluate.py takes')
    parser.add_argument('--score', default='nuclei/pq', help='what to maximise (nuclei/pq)')
    parser.add_argument('--thresholds', type=float, nargs='+', default=THRESHOLDS)
    parser.add_argument('--min-areas', type=int, nargs='+', default=[0], help='in pixels (0)')
    args = parser.parse_args(argv)
    options = dict(thresholds=args.thresholds, min_areas=args.min_areas)
    print(tune(args.gt, args.pred, args.score, **options).table())


if __name__ == '__main__':
    run(main)
