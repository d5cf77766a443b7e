"""From a config file and command line options to the config that runs."""

import argparse
import logging
import os
from pathlib import Path

from mmengine.config import Config, DictAction

from mmnuc.engine import distributed
from mmnuc.engine.config import read_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every tool for an experiment takes."""
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('--work-dir', help='folder for logs and results (default: by config)')
    add_config_options(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm'],
        default='none',
        help='how the processes are started',
    )
    # torchrun and older launchers hand the rank over in either spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add the argument that overwrites settings of a config."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='overwrite settings of the config: train_cfg.max_iters=100 key="[a,b]"',
    )


def add_trust_option(parser: argparse.ArgumentParser) -> None:
    """Add the argument that lets a checkpoint hold more than tensors and plain data."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='open checkpoints that hold more than tensors and plain data: they may run programs',
    )


def load(args: argparse.Namespace) -> Config:
    """Load the config of an experiment, apply the common options and meet the other processes.

    Args:
        args: What a parser with :func:`add_arguments` returned.

    Raises:
        UserError: The config does not exist or can't be read.
    """
    # A log line that can't be written, as on a full disk, is no reason to print a traceback.
    logging.raiseExceptions = False
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
    cfg.launcher = args.launcher
    if args.work_dir:
        cfg.work_dir = args.work_dir
    elif not cfg.get('work_dir'):
        cfg.work_dir = str(Path('work_dirs') / Path(cfg.filename).stem)
    distributed.prepare(cfg)
    return cfg
