"""Write a report to look at: scores, curves, ranking, and the errors on the images."""

import argparse
import sys

from mmnuc.apis.report import report
from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/report.py data/vrdl2021/val.json val.pkl --out report.html',
    )
    parser.add_argument('gt', help='COCO json, or a folder of label maps')
    parser.add_argument('pred', help='results as tools/evaluate.py takes them')
    parser.add_argument('--out', default='report.html', help='the file to write (report.html)')
    parser.add_argument('--images', help='folder of the images (images/ beside a COCO json)')
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='confidence from which predictions count (0.5)'
    )
    args = parser.parse_args(argv)
    options = dict(images=args.images, score_threshold=args.score_thr)
    written = report(args.gt, args.pred, args.out, **options)
    if written.card.missing:
        print(f'{args.pred}: {written.card.missing_note()}', file=sys.stderr)
    print(written.summary())


if __name__ == '__main__':
    run(main)
