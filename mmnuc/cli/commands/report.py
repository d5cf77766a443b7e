"""Write a report to look at: scores, curves, ranking, and the errors on the images."""

import argparse
import sys

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = 'example: mmnuc report data/vrdl2021/val.json val.pkl --out report.html'
    options.completes(parser.add_argument('gt', help='truth as `mmnuc evaluate` takes it'))
    options.completes(parser.add_argument('pred', help='results as `mmnuc evaluate` takes them'))
    options.completes(
        parser.add_argument('--out', default='report.html', help='the file to write (report.html)')
    )
    options.completes(
        parser.add_argument('--images', help='folder of the images (images/ beside a COCO json)'),
        options.FOLDERS,
    )
    options.add_score_threshold(parser, 'confidence from which predictions count (0.5)')


def run(args: argparse.Namespace) -> None:
    """Write the report and say where."""
    from mmnuc.apis.report import report

    written = report(
        args.gt, args.pred, args.out, images=args.images, score_threshold=args.score_thr
    )
    if written.card.missing:
        print(f'{args.pred}: {written.card.missing_note()}', file=sys.stderr)
    print(written.summary())
