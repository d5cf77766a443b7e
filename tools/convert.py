"""Turn a data set of nuclei into images, COCO files and a report of what is wrong with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmnuc.cli.run import run
from mmnuc.converters.build import ConversionOptions
from mmnuc.converters.formats import FORMATS, convert
from mmnuc.converters.split import GROUPS
from mmnuc.converters.synthetic.dataset import Plan, generate

SYNTHETIC = 'synthetic'


def parse(argv: list[str] | None) -> argparse.Namespace:
    formats = '\n'.join(f'  {name:12}{format.content}' for name, format in FORMATS.items())
    formats += f'\n  {SYNTHETIC:12}no SRC: tiles like stained tissue, generated from --seed'
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f'formats:\n{formats}',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'format',
        metavar='FORMAT',
        choices=[*FORMATS, SYNTHETIC],
        help='one of the formats below',
    )
    parser.add_argument(
        'src', nargs='?', metavar='SRC', help='a zip or a folder; for coco a json file'
    )
    parser.add_argument('dst', metavar='DST', help='the folder to make')
    parser.add_argument(
        '--val',
        type=float,
        default=0.2,
        help='images to validate on: a fraction, or from 1 on their number (default: 0.2)',
    )
    parser.add_argument(
        '--group',
        metavar='PATTERN',
        help='what keeps images on one side of the split, by their names: '
        f'{", ".join(GROUPS)}, or a regular expression whose first group counts',
    )
    parser.add_argument('--seed', type=int, default=0, help='another seed, another split')
    parser.add_argument('--workers', type=int, help='processes to use (default: one a core)')
    parser.add_argument('--skip-bad', action='store_true', help='leave bad files out')
    parser.add_argument('--overwrite', action='store_true', help='replace an earlier conversion')
    parser.add_argument('--images', metavar='WHERE', help='label-maps, coco: where the images are')
    parser.add_argument('--labels', metavar='WHERE', help='label-maps: where the label maps are')
    args = parser.parse_args(argv)
    if (args.src is None) != (args.format == SYNTHETIC):
        parser.error(f'{args.format} takes {"no SRC" if args.src else "SRC and DST"}')
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse(argv)
    options = ConversionOptions(
        args.val, args.group, args.seed, args.workers, args.skip_bad, args.overwrite
    )
    patterns = {key: value for key in ('images', 'labels') if (value := getattr(args, key))}
    if args.format == SYNTHETIC:
        plan = Plan(seed=args.seed)
        report = generate(Path(args.dst), plan, workers=args.workers, overwrite=args.overwrite)
    else:
        report = convert(args.format, args.src, args.dst, options, **patterns)
    print(report.summary())
    print(f'written to {args.dst}; the full report is in {args.dst}/report.json')


if __name__ == '__main__':
    run(main)
