"""List the models that can be loaded by name."""

import argparse

from mmnuc.apis.model_zoo.pretrained import PRETRAINED


def add_arguments(_: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_: argparse.Namespace) -> None:
    """Print the names."""
    print('\n'.join(PRETRAINED))
