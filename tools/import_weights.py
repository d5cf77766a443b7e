"""Make a checkpoint and a config here from weights of Detectron2, torchvision or MMDetection."""

import argparse
from pathlib import Path

from mmnuc.cli.run import run


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: python tools/import_weights.py model_final_a3ec72.pkl weights/r101.pth',
    )
    parser.add_argument('source', type=Path, help='.pkl or .pth of the other framework')
    parser.add_argument(
        'target', type=Path, help='checkpoint to write, .pth; its config is written beside it'
    )
    parser.add_argument(
        '--to',
        type=Path,
        metavar='CONFIG',
        help='config to load the weights into (default: the one of ours that fits); with another '
        'number of classes the last layers start at random',
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='open a source that holds more than tensors and plain data; it may run any program',
    )
    args = parser.parse_args(argv)
    # Slow to import; --help and a mistyped option need not wait for it.
    from mmnuc.apis.model_zoo.import_weights import import_weights

    import_weights(args.source, args.target, args.to, trust=args.trust_checkpoint)


if __name__ == '__main__':
    run(main)
