"""From a config file and command line options to the config that runs."""

import argparse
import os
from pathlib import Path

import torch
from mmengine.config import Config, DictAction

from mmnuc.command_line import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every tool for an experiment takes."""
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('--work-dir', help='folder for logs and results (default: by config)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='overwrite settings of the config: train_cfg.max_iters=100 key="[a,b]"',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher',
    )
    # torchrun and older launchers hand the rank over in either spelling.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def load(args: argparse.Namespace) -> Config:
    """Load the config of an experiment and apply the common options.

    Args:
        args: What a parser with :func:`add_arguments` returned.

    Raises:
        UserError: The config does not exist or can't be read.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config)
    cfg.launcher = args.launcher
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    if args.work_dir:
        cfg.work_dir = args.work_dir
    elif not cfg.get('work_dir'):
        cfg.work_dir = str(Path('work_dirs') / args.config.stem)
    if not torch.cuda.is_available():
        cfg.env_cfg.dist_cfg = dict(backend='gloo')  # nccl needs CUDA
    return cfg


def read_config(path: Path) -> Config:
    """Read a config file.

    Raises:
        UserError: The file does not exist, or it or a base of it can't be read.
    """
    if not path.is_file():
        raise UserError(f'no such config: {path}')
    try:
        return Config.fromfile(str(path))
    except Exception as error:  # a config is a program: it may fail in any way
        raise UserError(f'cannot read config {path}: {type(error).__name__}: {error}') from error
