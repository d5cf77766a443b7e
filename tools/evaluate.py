"""Score result files from any tool against a ground truth: every score of the field at once."""

import argparse
import sys

from mmnuc.apis.evaluate import evaluate
from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/evaluate.py data/vrdl2021/val.json results.pkl --json s.json',
    )
    parser.add_argument('gt', help='COCO json, or a folder of label maps')
    parser.add_argument(
        'pred',
        help='COCO results or annotations (.json), DSB table (.csv), tools/test.py --out (.pkl), '
        'or a folder of label maps',
    )
    parser.add_argument('--json', help='write all numbers, with full precision')
    parser.add_argument('--csv', help='write a line an image')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.5,
        help='confidence from which a prediction counts for nuclei/... (0.5)',
    )
    parser.add_argument(
        '--max-dets',
        type=int,
        nargs='*',
        default=[100],
        help="caps on detections for COCO's numbers, besides no cap (100)",
    )
    parser.add_argument(
        '--n-resamples',
        '--draws',
        type=int,
        default=1000,
        help='bootstrap resamples of the images for the confidence intervals (1000)',
    )
    args = parser.parse_args(argv)
    card = evaluate(
        args.gt,
        args.pred,
        score_threshold=args.score_thr,
        caps=(*args.max_dets, None),
        n_resamples=args.n_resamples,
        json=args.json,
        csv=args.csv,
    )
    if card.missing:
        print(f'{args.pred}: {card.missing_note()}', file=sys.stderr)
    print(card.table())
    print(f'\n{card.explanation()}')


if __name__ == '__main__':
    run(main)
