"""The network of an experiment with its weights, without a runner."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from mmnuc.engine.checkpoints import weights
from mmnuc.errors import UserError


def load_network(cfg: Config, checkpoint: str | Path) -> torch.nn.Module:
    """Build the network of an experiment and load its weights, to predict with.

    Args:
        cfg: The experiment; it is left as it is.
        checkpoint: The weights.

    Returns:
        The network, on the CPU.

    Raises:
        UserError: The file is missing or damaged, or the weights are not of this network.
    """
    if not Path(checkpoint).is_file():
        raise UserError(f'no such checkpoint: {checkpoint}')
    scope = cfg.get('default_scope', 'mmdet')
    init_default_scope(scope)
    described = deepcopy(cfg.model)
    if 'backbone' in described:
        described.backbone.init_cfg = None  # what it once started from
    network = MODELS.build(described, default_args={'_scope_': scope})
    network.load_state_dict(weights.require_exact(network, str(checkpoint)), strict=False)
    return network.eval()
