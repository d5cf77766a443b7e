"""Test a checkpoint: scores, or a submission, as the config's test_evaluator says."""

import argparse

from mmnuc import command_line
from mmnuc.engine import experiment, testing


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    experiment.add_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', metavar='FILE.pkl', help='keep the predictions in this file')
    parser.add_argument(
        '--show-dir', metavar='FOLDER', help='draw the predictions into this folder'
    )
    testing.add_segment_options(parser)
    testing.test(parser.parse_args(argv))


if __name__ == '__main__':
    command_line.run(main)
