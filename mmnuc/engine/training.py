"""Train the model of a config."""

import argparse

from mmengine.config import Config
from mmengine.runner import Runner

from mmnuc.engine import experiment


def train(args: argparse.Namespace) -> None:
    """Run the training that ``tools/train.py`` was asked for."""
    Runner.from_cfg(training_config(args)).train()


def training_config(args: argparse.Namespace) -> Config:
    """Apply the options of ``tools/train.py`` to its config."""
    cfg = experiment.load(args)
    if args.amp:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.seed is not None:
        cfg.randomness = dict(cfg.get('randomness', {}), seed=args.seed)
    return cfg
