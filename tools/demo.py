"""Generate tiles like stained tissue, train a small model on them, test it and draw the results."""

import argparse
from pathlib import Path

from mmnuc.cli.run import run

CONFIG = Path(__file__).parents[1] / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_demo_synthetic.py'


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--work-dir', type=Path, default=Path('work_dirs/demo'), help='folder of all results'
    )
    parser.add_argument('--seed', type=int, default=0, help='another seed, other tiles')
    args = parser.parse_args(argv)
    # Slow to import; --help and a mistyped option need not wait for it.
    from mmnuc.apis.demo import run_demo
    from mmnuc.converters.synthetic.dataset import Plan

    run_demo(CONFIG, args.work_dir, Plan(seed=args.seed))


if __name__ == '__main__':
    run(main)
