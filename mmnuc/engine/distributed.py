"""Several processes, with CUDA or without."""

import os
import subprocess

import torch
from mmengine.config import Config


def prepare(cfg: Config) -> None:
    """Let the processes of ``cfg.launcher`` find each other on a machine without CUDA.

    mmengine sets a CUDA device before anything else and hands its number to the model's wrapper;
    both fail on a CPU. With CUDA there is nothing to do.
    """
    if torch.cuda.is_available() or cfg.launcher == 'none':
        return
    if cfg.launcher == 'slurm':
        os.environ.update({**_slurm_environment(), **os.environ})
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False
    )


def _slurm_environment() -> dict[str, str]:
    """What torchrun would have set, from what Slurm sets."""
    nodes = subprocess.run(
        ['scontrol', 'show', 'hostname', os.environ['SLURM_NODELIST']],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {
        'MASTER_ADDR': nodes.split()[0],
        'MASTER_PORT': '29500',
        'RANK': os.environ['SLURM_PROCID'],
        'LOCAL_RANK': os.environ.get('SLURM_LOCALID', '0'),
        'WORLD_SIZE': os.environ['SLURM_NTASKS'],
    }
