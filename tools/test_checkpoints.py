"""Score every checkpoint of a folder on the validation set and name the best."""

import argparse
from pathlib import Path

from mmnuc.apis import test as testing
from mmnuc.cli.run import run
from mmnuc.engine import experiment


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    experiment.add_arguments(parser)
    parser.add_argument('folder', type=Path, help='folder with checkpoints (*.pth)')
    parser.add_argument('--score', help="score to sort by (default: the config's save_best)")
    experiment.add_trust_option(parser)
    testing.print_scores(parser.parse_args(argv))


if __name__ == '__main__':
    run(main)
