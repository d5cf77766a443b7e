"""Generate tiles like stained tissue, train a small model on them, test it and draw the results."""

import argparse
from pathlib import Path

from mmnuc.cli import options
from mmnuc.resources import folder_of

CONFIG = 'mask_rcnn/mask-rcnn_r18_fpn-light_demo_synthetic.py'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.completes(
        parser.add_argument(
            '--work-dir', type=Path, default=Path('work_dirs/demo'), help='folder of all results'
        ),
        options.FOLDERS,
    )
    parser.add_argument('--seed', type=int, default=0, help='another seed, other tiles')


def run(args: argparse.Namespace) -> None:
    """Run the demo, which says what it does."""
    from mmnuc.apis.demo import run_demo
    from mmnuc.converters.synthetic.dataset import Plan

    run_demo(folder_of('configs') / CONFIG, args.work_dir, Plan(seed=args.seed))
