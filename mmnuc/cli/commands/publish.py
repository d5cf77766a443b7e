"""Make of a checkpoint a file for others, with its config and a model card."""

import argparse
from pathlib import Path

from mmnuc.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = (
        'example: mmnuc publish work_dirs/x101/best.pth published --fp16 '
        "--licence CC-BY-4.0 --data 'VRDL 2021, 24 tiles'"
    )
    options.completes(parser.add_argument('checkpoint', type=Path, help='checkpoint of a training'))
    options.completes(
        parser.add_argument('folder', type=Path, help='where the files go'), options.FOLDERS
    )
    options.completes(
        parser.add_argument('--config', type=Path, help="config (default: the checkpoint's own)")
    )
    parser.add_argument(
        '--format',
        choices=['safetensors', 'pth'],
        default='safetensors',
        help='safetensors (default) or pth',
    )
    parser.add_argument('--fp16', action='store_true', help='half precision (fp16): half the size')
    parser.add_argument('--name', help="first part of the name (default: the config's)")
    parser.add_argument('--data', help='what the model learned from (default: by config)')
    parser.add_argument('--licence', default='not stated', help='what others may do with it')
    options.completes(
        parser.add_argument(
            '--scores',
            type=Path,
            metavar='FILE.json',
            help='scores, as of `mmnuc evaluate --json` (default: of the validation, if it is a '
            'best)',
        )
    )
    options.add_trust(parser)


def run(args: argparse.Namespace) -> None:
    """Publish the weights and name the files."""
    from mmnuc.apis.model_zoo.publish import publish

    found = publish(
        args.checkpoint,
        args.folder,
        config=args.config,
        file_format=args.format,
        half=args.fp16,
        name=args.name,
        data=args.data,
        licence=args.licence,
        scores=args.scores,
        trust=args.trust_checkpoint,
    )
    size = found.weights.stat().st_size / 2**20
    print(f'{found.weights}: {size:.1f} MiB; with {found.config.name} and {found.card.name}')
