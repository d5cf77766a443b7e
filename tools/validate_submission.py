"""Check a submission before a leaderboard does: every fault by entry."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmnuc.cli.run import run
from mmnuc.evaluation.submission.formats import FORMATS
from mmnuc.evaluation.submission.validate_file import validate_file


def main(argv: list[str] | None = None) -> int:
    """Parse the arguments and validate one file; 0 when the board takes it, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('format', choices=sorted(FORMATS), help="the board's format")
    parser.add_argument('file', type=Path, help='the submission')
    parser.add_argument(
        '--images',
        type=Path,
        required=True,
        metavar='JSON',
        help='the images of the board with ids and sizes: test.json, or test_img_ids.json',
    )
    arguments = parser.parse_args(argv)
    return validate_file(FORMATS[arguments.format], arguments.file, arguments.images)


if __name__ == '__main__':
    run(main)
