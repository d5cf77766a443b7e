"""Several processes on a machine without CUDA."""

import subprocess
from typing import Any

import pytest
import torch
from mmengine.config import Config

from mmnuc.engine import distributed


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """No CUDA; the process groups that would have been made."""
    made: list[Any] = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.distributed, 'is_initialized', lambda: bool(made))
    monkeypatch.setattr(torch.distributed, 'init_process_group', made.append)
    return made


def test_one_process_needs_nothing(group: list[Any]) -> None:
    cfg = Config(dict(launcher='none'))
    distributed.prepare(cfg)
    assert not group
    assert 'model_wrapper_cfg' not in cfg


def test_with_cuda_mmengine_does_it(group: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    cfg = Config(dict(launcher='pytorch'))
    distributed.prepare(cfg)
    assert not group
    assert 'model_wrapper_cfg' not in cfg


def test_processes_meet_once_on_a_cpu(group: list[Any]) -> None:
    for _ in range(2):
        cfg = Config(dict(launcher='pytorch'))
        distributed.prepare(cfg)
        assert cfg.model_wrapper_cfg.device_ids is None
    assert group == ['gloo']


def test_slurm_says_what_torchrun_would(group: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    told = {'SLURM_NODELIST': 'n[1-2]', 'SLURM_PROCID': '3', 'SLURM_LOCALID': '1'}
    for name, value in (told | {'SLURM_NTASKS': '4', 'MASTER_PORT': '1234'}).items():
        monkeypatch.setenv(name, value)
    for name in ('MASTER_ADDR', 'RANK', 'LOCAL_RANK', 'WORLD_SIZE'):
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)

    def scontrol(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert command == ['scontrol', 'show', 'hostname', 'n[1-2]']
        return subprocess.CompletedProcess(command, 0, 'n1\nn2\n')

    monkeypatch.setattr(distributed.subprocess, 'run', scontrol)
    distributed.prepare(Config(dict(launcher='slurm')))
    names = ('MASTER_ADDR', 'MASTER_PORT', 'RANK', 'LOCAL_RANK', 'WORLD_SIZE')
    # What was said before stays: the port.
    assert [distributed.os.environ[name] for name in names] == ['n1', '1234', '3', '1', '4']
    assert group == ['gloo']
