"""Several result files side by side, with a paired bootstrap over images."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from mmnuc.cli import options
from mmnuc.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = 'example: mmnuc compare data/vrdl2021/val.json plain=a.pkl tta=b.pkl'
    options.completes(parser.add_argument('gt', help='truth as `mmnuc evaluate` takes it'))
    options.completes(
        parser.add_argument(
            'runs', nargs='+', metavar='[NAME=]FILE', help='results as `mmnuc evaluate` takes them'
        )
    )
    options.add_score_threshold(parser, 'for nuclei/... (0.5)')
    options.add_n_resamples(parser, 'sets of images drawn (1000)')
    options.completes(parser.add_argument('--json', help='write all numbers and differences'))
    options.add_image_sizes(parser)


def run(args: argparse.Namespace) -> None:
    """Compare and print the table."""
    from mmnuc.apis.compare import compare

    comparison = compare(
        args.gt,
        named(args.runs),
        score_threshold=args.score_thr,
        n_resamples=args.n_resamples,
        json=args.json,
        images=args.images,
    )
    for note in comparison.missing_notes():
        print(note, file=sys.stderr)
    print(comparison.table())


def named(runs: Iterable[str]) -> dict[str, str]:
    """Split NAME=FILE; a file without a name is called by its own.

    Raises:
        UserError: Two runs have one name.

    Example:
        >>> named(['plain=a/x.pkl', 'b/y.pkl'])
        {'plain': 'a/x.pkl', 'y': 'b/y.pkl'}
    """
    found: dict[str, str] = {}
    for given in runs:
        name, equals, path = given.partition('=')
        if not equals:
            name, path = Path(given).stem, given
        if name in found:
            raise UserError(f'two runs are called {name}: give NAME=FILE')
        found[name] = path
    return found
