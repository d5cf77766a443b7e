"""Find the nuclei of images of any size and write them in the formats of other tools."""

import argparse
from math import inf
from typing import Literal

from mmnuc.apis.model_zoo.pretrained import PRETRAINED
from mmnuc.cli import options
from mmnuc.errors import UserError
from mmnuc.export.formats import FORMATS

EXAMPLES = """examples:
  mmnuc predict tile.png
  mmnuc predict slides/ 'more/*.png' --out found --format geojson csv --config c.py \
--checkpoint best.pth"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    listed = '\n'.join(f'  {known.name:9}{known.about}' for known in FORMATS.values())
    parser.epilog = f'formats:\n{listed}\n\n{EXAMPLES}'
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    options.completes(
        parser.add_argument('inputs', nargs='+', help='image files, folders, or glob patterns')
    )
    options.completes(
        parser.add_argument('--out', default='nuclei', help='folder of the results (nuclei)'),
        options.FOLDERS,
    )
    parser.add_argument(
        '--format',
        nargs='+',
        choices=FORMATS,
        default=['geojson'],
        metavar='FORMAT',
        help='(geojson)',
    )
    _add_model(parser)
    options.add_tiles(
        parser,
        tile='side of the tiles (1024)',
        overlap='what tiles share (an eighth)',
        tta='average eight views of each tile',
    )
    parser.set_defaults(batch_size=1)
    options.add_score_threshold(parser, 'lowest confidence that is written (0.5)')
    options.add_reading(parser)
    parser.add_argument(
        '--diameter',
        metavar='PIXELS|auto',
        help='of the nuclei, to set the scale by it; auto: found by a first look',
    )
    parser.add_argument(
        '--resume', action='store_true', help='do only images of which a result is missing'
    )
    options.add_trust(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--model',
        default='histology',
        choices=PRETRAINED,
        help='which of the models that come with the project (histology)',
    )
    options.completes(parser.add_argument('--config', help='instead: an experiment'))
    options.completes(parser.add_argument('--checkpoint', help="the experiment's weights"))
    parser.add_argument(
        '--fast',
        action=argparse.BooleanOptionalAction,
        help='half precision (bfloat16) where the processor can (with --model)',
    )
    parser.add_argument('--device', help='cuda, cuda:1, cpu (a GPU where there is one)')


def run(args: argparse.Namespace) -> int:
    """Find and write the nuclei; 1 if an image was bad.

    Raises:
        UserError: A checkpoint without its config; and all that a prediction may say.
    """
    if args.checkpoint and not args.config:
        raise UserError('--checkpoint needs the --config that it belongs to')
    if not 0 <= args.score_thr <= 1:
        raise UserError(f'--score-thr is a confidence from 0 to 1, not {args.score_thr:g}')
    if args.tile is not None and args.tile < 1:
        raise UserError(f'--tile takes pixels above 0, not {args.tile}')
    from mmnuc.apis.predict import predict, summary

    result = predict(
        args.inputs,
        args.out,
        args.format,
        config=args.config or args.model,
        checkpoint=args.checkpoint,
        fast=args.fast,
        device=args.device,
        score_threshold=args.score_thr,
        resume=args.resume,
        tile=args.tile,
        overlap=args.overlap,
        batch_size=args.batch_size,
        tta=args.tta,
        diameter=_diameter(args.diameter),
        reading=options.reading(args),
        pixel_sizes=args.pixel_sizes,
        trust=args.trust_checkpoint,
    )
    print(summary(result, args.out))
    return 1 if result.bad else 0


def _diameter(text: str | None) -> float | Literal['auto'] | None:
    if text is None:
        return None
    if text.strip().lower() == 'auto':
        return 'auto'
    try:
        pixels = float(text)
    except ValueError:
        pixels = -1.0
    if not 0 < pixels < inf:
        raise UserError(f'--diameter takes pixels above 0, or auto, not {text}')
    return pixels
