"""Fuse several models, or several result files, into one answer."""

import argparse

from mmnuc.cli import options

MODELS = """Ask several models about the first one's test set and average what they see: the masks
as probabilities, the scores over all models. The first config's evaluators score it or write the
submission. example: mmnuc ensemble models a.py a.pth --and b.py b.pth --and c.py c.pth"""
RESULTS = """Fuse result files, as `mmnuc evaluate` takes them, into COCO's results json.
example: mmnuc ensemble results data/test.json a.pkl b.json --out fused.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    kinds = parser.add_subparsers(dest='kind', metavar='KIND', required=True)
    models = kinds.add_parser('models', description=MODELS, help='ask several models')
    options.add_test(models)
    options.completes(
        models.add_argument(
            '--and',
            dest='others',
            nargs=2,
            action='append',
            required=True,
            metavar=('CONFIG', 'CHECKPOINT'),
            help='one more model',
        )
    )
    results = kinds.add_parser('results', description=RESULTS, help='fuse result files')
    options.completes(results.add_argument('images', help='json with the images and classes'))
    options.completes(
        results.add_argument('results', nargs='+', metavar='FILE', help='result files')
    )
    options.completes(
        results.add_argument('--out', required=True, metavar='FILE.json', help='where to write')
    )
    results.add_argument('--iou', type=float, default=0.5, help='IoU of one nucleus (0.5)')
    for kind in (models, results):
        kind.add_argument(
            '--weights', nargs='+', type=float, help='how much each counts (all the same)'
        )


def run(args: argparse.Namespace) -> None:
    """Test the models together, or fuse the files and say how many nuclei that gave."""
    if args.kind == 'models':
        from mmnuc.apis.test import test

        test(**options.test(args), others=args.others, weights=args.weights)
        return
    from mmnuc.apis.ensemble import fuse_results

    count = fuse_results(
        args.images, args.results, args.out, weights=args.weights, iou_threshold=args.iou
    )
    print(f'{args.out}: {count:,} nuclei of {len(args.results)} files')
