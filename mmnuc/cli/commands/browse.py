"""Draw the ground truth of a data set: a picture for each image, and a contact sheet."""

import argparse
from pathlib import Path

from mmnuc.cli import options
from mmnuc.cli.choices import STYLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.completes(parser.add_argument('config', type=Path, help=options.CONFIG))
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    options.completes(
        parser.add_argument(
            '--out', type=Path, help='folder for the pictures (default: work_dirs/CONFIG/SPLIT)'
        ),
        options.FOLDERS,
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        '--raw', action='store_true', help='images as they are on the disk (the default)'
    )
    kind.add_argument(
        '--pipeline', action='store_true', help='what the pipeline makes of them: as they train'
    )
    parser.add_argument('--limit', type=int, metavar='N', help='draw N images at most')
    parser.add_argument('--style', choices=STYLES, default=STYLES[0])
    parser.add_argument('--scale', type=float, help='size of the pictures in sizes of the images')
    parser.add_argument('--seed', type=int, default=0, help="seed of the pipeline's random steps")
    options.add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Draw the pictures and say where they are."""
    from mmnuc.engine.config import read_config
    from mmnuc.visualization.browse import browse_dataset
    from mmnuc.visualization.panels import Look

    cfg = read_config(args.config, options.config_options(args.cfg_options))
    out = args.out or Path('work_dirs') / args.config.stem / args.split
    pictures = browse_dataset(
        cfg,
        args.split,
        out,
        raw=not args.pipeline,
        limit=args.limit,
        look=Look(args.style, scale=args.scale),
        seed=args.seed,
    )
    print(f'{len(pictures) - 1} pictures in {out}, all at a glance in {pictures[-1]}')
