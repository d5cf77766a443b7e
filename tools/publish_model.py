"""Make of a checkpoint a file for others, with its config and a model card."""

import argparse
from pathlib import Path

from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/publish_model.py work_dirs/x101/best.pth published --fp16 '
        "--licence CC-BY-4.0 --data 'VRDL 2021, 24 tiles'",
    )
    parser.add_argument('checkpoint', type=Path, help='checkpoint of a training')
    parser.add_argument('folder', type=Path, help='where the files go')
    parser.add_argument('--config', type=Path, help="config (default: the checkpoint's own)")
    parser.add_argument('--format', default='safetensors', help='safetensors (default) or pth')
    parser.add_argument('--fp16', action='store_true', help='16 bits a number: half the size')
    parser.add_argument('--name', help="first part of the name (default: the config's)")
    parser.add_argument('--data', help='what the model learned from (default: by config)')
    parser.add_argument('--licence', default='not stated', help='what others may do with it')
    parser.add_argument(
        '--scores',
        type=Path,
        metavar='FILE.json',
        help='scores, as of tools/evaluate.py --json (default: of the validation, if it is a best)',
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='open a checkpoint that holds more than tensors and plain data: it may run programs',
    )
    args = parser.parse_args(argv)
    # Slow to import; --help and a mistyped option need not wait for it.
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


if __name__ == '__main__':
    run(main)
