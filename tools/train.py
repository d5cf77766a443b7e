"""Train the model of a config."""

import argparse

from mmnuc.apis import train as training
from mmnuc.cli.run import run
from mmnuc.engine import experiment


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    experiment.add_arguments(parser)
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate to the number of processes',
    )
    parser.add_argument(
        '--freeze',
        nargs='+',
        metavar='PART',
        help='parts of the network to leave as they are, as backbone neck rpn_head: with '
        '--cfg-options load_from=WEIGHTS the rest learns, in less time',
    )
    parser.add_argument('--seed', type=int, help='seed of this run (default: by config)')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint; without a name, from the last one in the work folder',
    )
    experiment.add_trust_option(parser)
    training.train(parser.parse_args(argv))


if __name__ == '__main__':
    run(main)
