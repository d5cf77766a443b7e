"""List the models that come with the project: data, licence, size and scores."""

import argparse
import json
from dataclasses import asdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    kinds = parser.add_subparsers(dest='kind', metavar='KIND')
    kinds.add_parser('list', help='list the models (what happens without a word, too)')
    parser.add_argument('--json', action='store_true', help='everything that is known, as json')


def run(args: argparse.Namespace) -> None:
    """Print the table, or json.

    Raises:
        UserError: A model card can't be read.
    """
    from mmnuc.apis.model_zoo.listing import list_models, table

    models = list_models()
    if not args.json:
        print(table(models))
        return
    print(json.dumps([asdict(model) for model in models], indent=2, default=str))
