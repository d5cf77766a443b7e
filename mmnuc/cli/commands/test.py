"""Test a checkpoint: scores, or a submission, as the config's test_evaluator says."""

import argparse

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_test(parser)


def run(args: argparse.Namespace) -> None:
    """Test; the evaluators print what they find."""
    from mmnuc.apis.test import test

    test(**options.test(args))
