"""Turn a data set of nuclei into images, COCO files and a report of what is wrong with it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mmnuc.cli import options
from mmnuc.cli.choices import CROWDS, GROUPS, SOURCES
from mmnuc.errors import UserError

if TYPE_CHECKING:
    from mmnuc.images.reading import Reading

SYNTHETIC = 'synthetic'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    formats = '\n'.join(f'  {name:12}{content}' for name, content in SOURCES.items())
    formats += f'\n  {SYNTHETIC:12}no SRC: tiles like stained tissue, generated from --seed'
    parser.epilog = f'formats:\n{formats}'
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        'format', metavar='FORMAT', choices=[*SOURCES, SYNTHETIC], help='one of the formats below'
    )
    for name, nargs, about in (
        ('src', '?', 'a zip or a folder; for coco a json file'),
        ('dst', None, 'the folder to make'),
    ):
        options.completes(parser.add_argument(name, nargs=nargs, metavar=name.upper(), help=about))
    _add_split(parser)
    parser.add_argument('--workers', type=int, help='processes to use (default: one a core)')
    parser.add_argument('--skip-bad', action='store_true', help='leave bad files out')
    parser.add_argument(
        '--max-loss',
        type=float,
        metavar='FRACTION',
        help='fail when more annotations than this are lost (default: 0.01; 1 with --skip-bad)',
    )
    parser.add_argument(
        '--crowds',
        choices=CROWDS,
        default='keep',
        help='as-nuclei takes annotations with iscrowd 1, as CVAT writes them, as nuclei',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace an earlier conversion')
    parser.add_argument(
        '--images', metavar='WHERE', help='where the images are: folders or a pattern'
    )
    parser.add_argument(
        '--labels', metavar='WHERE', help='where the label maps or outlines are, likewise'
    )
    options.add_reading(parser)


def _add_split(parser: argparse.ArgumentParser) -> None:
    sides = parser.add_mutually_exclusive_group()
    sides.add_argument(
        '--val',
        type=float,
        default=0.2,
        help='images to validate on: a fraction, or from 1 on their number (default: 0.2)',
    )
    sides.add_argument(
        '--folds',
        type=int,
        metavar='K',
        help='instead, K folds for a cross-validation: train_0.json and val_0.json, and so on',
    )
    parser.add_argument(
        '--group',
        metavar='PATTERN',
        help='what keeps images on one side of the split, by their names: '
        f'{", ".join(GROUPS)}, or a regular expression whose first group counts',
    )
    parser.add_argument('--seed', type=int, default=0, help='another seed, another split')


def _reading(args: argparse.Namespace) -> 'Reading':
    from mmnuc.images.pixel_size_table import read_pixel_sizes
    from mmnuc.images.reading import Reading

    table = read_pixel_sizes(args.pixel_sizes) if args.pixel_sizes else None
    return Reading(options.reading(args), table)


def run(args: argparse.Namespace) -> None:
    """Convert and print the summary.

    Raises:
        UserError: A source is missing, or one too many; and all that a conversion may say.
    """
    if (args.src is None) != (args.format == SYNTHETIC):
        raise UserError(f'{args.format} takes {"no SRC" if args.src else "SRC and DST"}')
    from mmnuc.converters.build import ConversionOptions
    from mmnuc.converters.formats import convert
    from mmnuc.converters.synthetic.dataset import Plan, generate

    how = ConversionOptions(
        *(args.val, args.group, args.seed, args.workers, args.skip_bad, args.overwrite),
        max_loss=args.max_loss,
        crowds=args.crowds,
        reading=_reading(args),
        folds=args.folds,
    )
    patterns = {key: value for key in ('images', 'labels') if (value := getattr(args, key))}
    if args.format == SYNTHETIC:
        plan = Plan(seed=args.seed)
        report = generate(Path(args.dst), plan, workers=args.workers, overwrite=args.overwrite)
    else:
        report = convert(args.format, args.src, args.dst, how, **patterns)
    print(report.summary())
    print(f'written to {args.dst}; the full report is in {args.dst}/report.json')
