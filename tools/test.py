"""Test a checkpoint: scores, or a submission, as the config's test_evaluator says."""

import argparse

from mmnuc import command_line
from mmnuc.engine import testing


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    testing.add_arguments(parser)
    testing.test(parser.parse_args(argv))


if __name__ == '__main__':
    command_line.run(main)
