"""Score result files from any tool against a ground truth: every score of the field at once."""

import argparse
import sys

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = 'example: mmnuc evaluate data/vrdl2021/val.json results.pkl --json s.json'
    options.completes(
        parser.add_argument(
            'gt',
            help='COCO json, or label maps or outlines of other tools (QuPath, ImageJ, Cellpose, '
            'HoVer-Net, Aperio): a folder, or one file',
        )
    )
    options.completes(
        parser.add_argument(
            'pred',
            help='COCO results or annotations (.json), DSB table (.csv), `mmnuc test --out` '
            '(.pkl), or label maps or outlines of other tools: a folder, or one file',
        )
    )
    options.completes(parser.add_argument('--json', help='write all numbers, with full precision'))
    options.completes(parser.add_argument('--csv', help='write a line an image'))
    options.add_image_sizes(parser)
    options.add_score_threshold(
        parser, 'confidence from which a prediction counts for nuclei/... (0.5)'
    )
    parser.add_argument(
        '--max-dets',
        type=int,
        nargs='*',
        default=[100],
        help="caps on detections for COCO's numbers, besides no cap (100)",
    )
    options.add_n_resamples(
        parser, 'sets of images drawn for the bootstrap confidence intervals (1000)'
    )


def run(args: argparse.Namespace) -> None:
    """Score, and print the table with what to know of it."""
    from mmnuc.apis.evaluate import evaluate

    card = evaluate(
        args.gt,
        args.pred,
        score_threshold=args.score_thr,
        caps=(*args.max_dets, None),
        n_resamples=args.n_resamples,
        json=args.json,
        csv=args.csv,
        images=args.images,
    )
    if card.missing:
        print(f'{args.pred}: {card.missing_note()}', file=sys.stderr)
    print(card.table())
    print(f'\n{card.explanation()}')
