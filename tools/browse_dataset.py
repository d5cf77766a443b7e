"""Draw the ground truth of a data set: a picture for each image, and a contact sheet."""

import argparse
from pathlib import Path

from mmengine.config import DictAction

from mmnuc.cli.run import run
from mmnuc.engine.config import read_config
from mmnuc.visualization.browse import browse_dataset
from mmnuc.visualization.panels import STYLES, Look


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path, help='config file of an experiment')
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument(
        '--out', type=Path, help='folder for the pictures (default: work_dirs/CONFIG/SPLIT)'
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
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='overwrite settings of the config',
    )
    args = parser.parse_args(argv)
    cfg = read_config(args.config)
    cfg.merge_from_dict(args.cfg_options)
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


if __name__ == '__main__':
    run(main)
