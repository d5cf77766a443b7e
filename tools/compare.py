"""Several result files side by side, with a paired bootstrap over images."""

import argparse
import sys
from pathlib import Path

from mmnuc.apis.compare import compare
from mmnuc.cli.run import run
from mmnuc.errors import UserError


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/compare.py data/vrdl2021/val.json plain=a.pkl tta=b.pkl',
    )
    parser.add_argument('gt', help='COCO json, or a folder of label maps')
    parser.add_argument(
        'runs', nargs='+', metavar='[NAME=]FILE', help='results as tools/evaluate.py takes them'
    )
    parser.add_argument('--score-thr', type=float, default=0.5, help='for nuclei/... (0.5)')
    parser.add_argument(
        '--n-resamples',
        '--draws',
        type=int,
        default=1000,
        help='bootstrap resamples of the images (1000)',
    )
    parser.add_argument('--json', help='write all numbers and differences')
    args = parser.parse_args(argv)
    options = dict(score_threshold=args.score_thr, n_resamples=args.n_resamples, json=args.json)
    comparison = compare(args.gt, named(args.runs), **options)
    for note in comparison.missing_notes():
        print(note, file=sys.stderr)
    print(comparison.table())


def named(runs: list[str]) -> dict[str, str]:
    """Split NAME=FILE; a file without a name is called by its own."""
    found: dict[str, str] = {}
    for given in runs:
        name, equals, path = given.partition('=')
        if not equals:
            name, path = Path(given).stem, given
        if name in found:
            raise UserError(f'two runs are called {name}: give NAME=FILE')
        found[name] = path
    return found


if __name__ == '__main__':
    run(main)
