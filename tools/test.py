"""Test a checkpoint: scores, or a submission, as the config's test_evaluator says."""

import argparse

from mmnuc.apis import test as testing
from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    testing.add_arguments(parser)
    testing.test(parser.parse_args(argv))


if __name__ == '__main__':
    run(main)
