"""What a training starts from: published weights, random ones, or a checkpoint of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from mmnuc.errors import UserError
from mmnuc.resources import weights_file


def resume_from(cfg: Config, checkpoint: str) -> None:
    """Go on from a checkpoint; what the training once started from is needed no more."""
    cfg.resume = True
    start_from(cfg, checkpoint)


def start_from(cfg: Config, checkpoint: str) -> None:
    """Start from weights of the whole network; those of its parts are needed no more."""
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
        # What a hub has, is asked of it when the model is made.
        if '://' in file or file == 'hub' or weights_file(file).is_file():
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
