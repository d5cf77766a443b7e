"""A training that is stopped goes on as if it had not been."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

STOP_AFTER = 2


def start(
    config: Path, environment: dict[str, str], repository: Path, *options: str
) -> subprocess.Popen:
    """Start a training with a log beside the config."""
    log = (config.parent / 'output.txt').open('w')
    command = [sys.executable, str(repository / 'tools/train.py'), str(config)]
    return subprocess.Popen(
        [*command, '--work-dir', str(config.parent / 'stopped'), *options],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**environment, 'PYTHONFAULTHANDLER': '1'},
        start_new_session=True,
    )


def wait_for(text: str, config: Path, process: subprocess.Popen) -> None:
    """Wait until the training says something."""
    log = config.parent / 'output.txt'
    end = time.monotonic() + 240
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def wait(process: subprocess.Popen) -> int:
    """Wait until the training ends; one that does not says where it is."""
    try:
        return process.wait(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGABRT)
        return process.wait(timeout=120)


def assert_stopped(config: Path, process: subprocess.Popen) -> dict:
    """Check that a training ends quietly; return the checkpoint it leaves."""
    code = wait(process)
    output = (config.parent / 'output.txt').read_text()
    assert code == 130, output
    assert output.splitlines()[-1] == 'interrupted'
    assert 'Traceback' not in output
    folder = config.parent / 'stopped'
    assert (folder / 'last_checkpoint').read_text() == str(folder / 'interrupted.pth')
    saved = torch.load(folder / 'interrupted.pth', weights_only=False)
    assert STOP_AFTER <= saved['meta']['iter'] < 6
    return saved


def test_ctrl_c_loses_nothing(
    world: Path, trained: Path, tool, environment: dict[str, str], repository: Path
) -> None:
    process = start(world, environment, repository)
    wait_for(f'Iter(train) [{STOP_AFTER}/6]', world, process)
    process.send_signal(signal.SIGINT)
    done = assert_stopped(world, process)['meta']['iter']

    folder = world.parent / 'stopped'
    resumed = tool('train.py', world, '--work-dir', folder, '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert f'resumed epoch: 0, iter: {done}' in resumed.stdout
    assert f'Iter(train) [{done}/6]' not in resumed.stdout
    assert_same_training(folder / 'iter_6.pth', trained.parent / 'run/iter_6.pth')


def test_sigterm_to_all_processes_stops_like_ctrl_c(
    world: Path, environment: dict[str, str], repository: Path
) -> None:
    """Slurm ends a job so: the loader's workers get the signal too."""
    workers = ('--cfg-options', 'train_dataloader.num_workers=1')
    process = start(world, environment, repository, *workers)
    wait_for(f'Iter(train) [{STOP_AFTER}/6]', world, process)
    os.killpg(process.pid, signal.SIGTERM)
    assert_stopped(world, process)


def assert_same_training(one: Path, other: Path) -> None:
    """Compare weights, optimizer and learning rate of two checkpoints bit by bit."""
    ours, theirs = (torch.load(path, weights_only=False) for path in (one, other))
    assert ours['state_dict'].keys() == theirs['state_dict'].keys()
    for name, tensor in ours['state_dict'].items():
        assert torch.equal(tensor, theirs['state_dict'][name]), name
    for number, state in ours['optimizer']['state'].items():
        for name, value in state.items():
            assert torch.equal(value, theirs['optimizer']['state'][number][name])
    rates = [[group['lr'] for group in one['optimizer']['param_groups']] for one in (ours, theirs)]
    assert rates[0] == rates[1]
