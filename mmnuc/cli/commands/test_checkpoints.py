"""Score every checkpoint of a folder on the validation set and name the best."""

import argparse
from pathlib import Path

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_experiment(parser)
    options.completes(
        parser.add_argument('folder', type=Path, help='folder with checkpoints (*.pth)'),
        options.FOLDERS,
    )
    parser.add_argument('--score', help="score to sort by (default: the config's save_best)")
    options.add_trust(parser)


def run(args: argparse.Namespace) -> None:
    """Score the checkpoints and print the table."""
    from mmnuc.apis.checkpoints import score_checkpoints

    ranking = score_checkpoints(
        folder=args.folder,
        score=args.score,
        trust=args.trust_checkpoint,
        **options.experiment(args),
    )
    if options.is_first_process():
        print(ranking.table())
