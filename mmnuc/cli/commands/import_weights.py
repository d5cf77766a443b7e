"""Make a checkpoint and a config here from weights of Detectron2, torchvision or MMDetection."""

import argparse
from pathlib import Path

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = 'example: mmnuc import-weights model_final_a3ec72.pkl weights/r101.pth'
    for name, about in (
        ('source', '.pkl or .pth of the other framework'),
        ('target', 'checkpoint to write, .pth; its config is written beside it'),
    ):
        options.completes(parser.add_argument(name, type=Path, help=about))
    options.completes(
        parser.add_argument(
            '--to',
            type=Path,
            metavar='CONFIG',
            help='config to load the weights into (default: the one of ours that fits); with '
            'another number of classes the last layers start at random',
        )
    )
    options.add_trust(
        parser, 'open a source that holds more than tensors and plain data; it may run any program'
    )


def run(args: argparse.Namespace) -> None:
    """Import the weights, which says what came of it."""
    from mmnuc.apis.model_zoo.import_weights import import_weights

    import_weights(args.source, args.target, args.to, trust=args.trust_checkpoint)
