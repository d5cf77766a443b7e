"""Train the model of a config."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device

from mmnuc.engine import experiment
from mmnuc.engine.checkpoints import weights
from mmnuc.engine.checkpoints.loading import weights_only
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError
from mmnuc.inference.optimize.half_precision import cpu_computes_in_bfloat16


def train(args: argparse.Namespace) -> None:
    """Run the training that ``tools/train.py`` was asked for.

    Raises:
        UserError: Bad input, as every function below says.
    """
    with weights_only(not args.trust_checkpoint):
        NucleiRunner.from_cfg(training_config(args)).train()


def training_config(args: argparse.Namespace) -> Config:
    """Apply the options of ``tools/train.py`` to its config.

    Raises:
        UserError: A file of weights to start from does not exist, or an option does not fit.
    """
    cfg = experiment.load(args)
    if args.amp:
        use_mixed_precision(cfg)
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise UserError(
                f'{args.config} does not say for which batch its rate is (auto_scale_lr)'
            )
        cfg.auto_scale_lr.enable = True
    if args.seed is not None:
        cfg.randomness = dict(cfg.get('randomness', {}), seed=args.seed)
    if args.freeze:
        cfg.frozen = args.freeze
    checkpoint = weights.last_checkpoint(cfg.work_dir) if args.resume == 'auto' else args.resume
    if cfg.get('from_scratch'):
        start_from_scratch(cfg)
    if checkpoint:
        resume_from(cfg, checkpoint)
    require_weights(cfg)
    return cfg


def use_mixed_precision(cfg: Config) -> None:
    """Compute with half the bits where that is safe.

    Raises:
        UserError: There is no GPU, and the processor would be slower with them.
    """
    if get_device() != 'cpu':
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
        return
    if not cpu_computes_in_bfloat16():
        raise UserError('--amp needs a GPU, or a processor with bfloat16, and there is neither')
    cfg.optim_wrapper.type = 'mmnuc.Bfloat16OptimWrapper'


def resume_from(cfg: Config, checkpoint: str) -> None:
    """Go on from a checkpoint; what the training once started from is needed no more."""
    cfg.resume = True
    cfg.load_from = checkpoint
    for part in _pretrained_parts(cfg.model):
        part.init_cfg = None


def start_from_scratch(cfg: Config) -> None:
    """Start from random weights, which then must all learn.

    Published backbones are fine-tuned with their first stage and batch norm frozen; random ones
    would stay random.
    """
    cfg.load_from = None
    for part in _pretrained_parts(cfg.model):
        part.init_cfg = None
    backbone = cfg.model.backbone
    backbone.frozen_stages = -1
    backbone.norm_eval = False
    backbone.norm_cfg.requires_grad = True


def require_weights(cfg: Config) -> None:
    """Check that all weights to start from are on the disk, before anything starts.

    ``weights_source`` of the config says where to get them.

    Raises:
        UserError: A file is missing.
    """
    files = [part.init_cfg.checkpoint for part in _pretrained_parts(cfg.model)]
    if cfg.get('load_from'):
        files.append(cfg.load_from)
    for file in files:
        if '://' in file or Path(file).is_file():
            continue
        if cfg.get('resume'):
            raise UserError(f'no such checkpoint: {file}')
        source = cfg.get('weights_source', {}).get(file, 'its place is free to choose: load_from')
        raise UserError(
            f'this config starts from published weights: put {file} there ({source}), '
            'or start from random ones with --cfg-options from_scratch=True'
        )


def _pretrained_parts(model: Any) -> Iterator[Any]:
    """Parts of a model's config, at any depth, that start from a file."""
    if isinstance(model, (list, tuple)):
        for part in model:
            yield from _pretrained_parts(part)
    if not isinstance(model, dict):
        return
    init_cfg = model.get('init_cfg')
    if isinstance(init_cfg, dict) and init_cfg.get('type') == 'Pretrained':
        yield model
    for part in list(model.values()):
        yield from _pretrained_parts(part)
