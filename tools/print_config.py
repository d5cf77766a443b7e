"""Print a config with all its bases and options resolved."""

import argparse
from pathlib import Path

from mmnuc.cli.run import run
from mmnuc.engine import experiment
from mmnuc.engine.config import read_config


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=Path, help='config file')
    experiment.add_config_options(parser)
    args = parser.parse_args(argv)
    print(read_config(args.config, args.cfg_options).pretty_text)


if __name__ == '__main__':
    run(main)
