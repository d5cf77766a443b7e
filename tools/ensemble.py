"""Fuse several models, or several result files, into one answer."""

import argparse

from mmnuc.apis import test as testing
from mmnuc.apis.ensemble import fuse_results
from mmnuc.cli.run import run

MODELS = """Ask several models about the first one's test set and average what they see: the masks
as probabilities, the scores over all models. The first config's evaluators score it or write the
submission. example: tools/ensemble.py models a.py a.pth --and b.py b.pth --and c.py c.pth"""
RESULTS = """Fuse result files, as tools/evaluate.py takes them, into COCO's results json.
example: tools/ensemble.py results data/test.json a.pkl b.json --out fused.json"""


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest='kind', required=True)
    models = kinds.add_parser('models', description=MODELS, help='ask several models')
    testing.add_arguments(models)
    models.add_argument(
        '--and',
        dest='others',
        nargs=2,
        action='append',
        required=True,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='one more model',
    )
    results = kinds.add_parser('results', description=RESULTS, help='fuse result files')
    results.add_argument('images', help='json with the images and classes')
    results.add_argument('results', nargs='+', metavar='FILE', help='result files')
    results.add_argument('--out', required=True, metavar='FILE.json', help='where to write')
    results.add_argument('--iou', type=float, default=0.5, help='IoU of one nucleus (0.5)')
    for kind in (models, results):
        kind.add_argument(
            '--weights', nargs='+', type=float, help='how much each counts (all the same)'
        )
    args = parser.parse_args(argv)
    if args.kind == 'models':
        testing.test(args)
        return
    count = fuse_results(
        args.images, args.results, args.out, weights=args.weights, iou_threshold=args.iou
    )
    print(f'{args.out}: {count:,} nuclei of {len(args.results)} files')


if __name__ == '__main__':
    run(main)
