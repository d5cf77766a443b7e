"""Checkpoints are written whole or not at all."""

import errno
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from torch import nn

from mmnuc.engine import runner as engine_runner
from mmnuc.engine.runner import NucleiRunner


def save(folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None = None) -> None:
    """Save a checkpoint of six bytes; with an error the disk takes three of them."""

    def write(self, out_dir: str, filename: str, *args: object, **kwargs: object) -> None:  # noqa: ARG001
        content = b'whole!' if error is None else b'who'
        (Path(out_dir) / filename).write_bytes(content)
        if error is not None:
            raise error

    monkeypatch.setattr(Runner, 'save_checkpoint', write)
    NucleiRunner.save_checkpoint(NucleiRunner.__new__(NucleiRunner), str(folder), 'iter_1.pth')


def test_checkpoint_is_moved_into_place(tmp_path: Path, monkeypatch) -> None:
    save(tmp_path, monkeypatch)
    assert [path.name for path in tmp_path.iterdir()] == ['iter_1.pth']
    assert (tmp_path / 'iter_1.pth').read_bytes() == b'whole!'


def test_full_disk_keeps_the_old_checkpoint_and_names_the_new_one(
    tmp_path: Path, monkeypatch
) -> None:
    save(tmp_path, monkeypatch)
    full = OSError(errno.ENOSPC, 'No space left on device')
    with pytest.raises(OSError, match='No space left') as failure:
        save(tmp_path, monkeypatch, full)
    assert failure.value.errno == errno.ENOSPC
    assert failure.value.filename == str(tmp_path / 'iter_1.pth')
    assert [path.name for path in tmp_path.iterdir()] == ['iter_1.pth']
    assert (tmp_path / 'iter_1.pth').read_bytes() == b'whole!'


def test_a_second_run_in_one_process_logs_into_its_own_folder(tmp_path: Path) -> None:
    cfg = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
    for name in ('first', 'second'):
        runner = NucleiRunner.__new__(NucleiRunner)
        runner._experiment_name, runner._log_dir = 'experiment', str(tmp_path / name)
        visualizer = runner.build_visualizer(cfg)
        assert Visualizer.get_current_instance() is visualizer
        visualizer.add_scalar('loss', 0.5, step=1)
        assert len(list((tmp_path / name).glob('vis_data/*.json'))) == 1


@pytest.mark.parametrize(('device', 'fast'), [('cpu', True), ('cuda', False)])
def test_on_a_processor_channels_come_last(
    device: str, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_runner, 'get_device', lambda: device)
    monkeypatch.setattr(Runner, 'wrap_model', lambda _self, _cfg, model: model)
    runner = NucleiRunner.__new__(NucleiRunner)
    runner.cfg = Config()
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ConvTranspose2d(4, 2, 2))
    for layer in runner.wrap_model(None, model):
        assert layer.weight.is_contiguous(memory_format=torch.channels_last) == fast
        assert layer.weight.is_contiguous() != fast
