"""Check a submission before a leaderboard does: every fault by entry."""

import argparse
from pathlib import Path

from mmnuc.cli import options
from mmnuc.cli.choices import SUBMISSIONS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument('format', choices=SUBMISSIONS, help="the board's format")
    options.completes(parser.add_argument('file', type=Path, help='the submission'))
    options.completes(
        parser.add_argument(
            '--images',
            type=Path,
            required=True,
            metavar='JSON',
            help='the images of the board with ids and sizes: test.json, or test_img_ids.json',
        )
    )


def run(args: argparse.Namespace) -> int:
    """Validate one file; 0 when the board takes it, else 1."""
    from mmnuc.evaluation.submission.formats import FORMATS
    from mmnuc.evaluation.submission.validate_file import validate_file

    return validate_file(FORMATS[args.format], args.file, args.images)
