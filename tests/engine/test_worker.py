"""Workers outlive signals, and the trainer's exit ends them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmnuc.engine.worker import shield

# The iterator is alive at the exit, as in a training that was stopped.
STOPPED = """
import sys, torch
from mmnuc.engine.worker import shield
loader = shield(torch.utils.data.DataLoader(list(range(1000)), num_workers=2))
batches = iter(loader)
next(batches)
workers = [worker.pid for worker in batches._workers]
print(*workers)
sys.exit(3)
"""


class ProcessIds(Dataset):
    """Every sample is the id of the process that loads it."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: int) -> int:
        return os.getpid()


def seeded(worker: int) -> None:
    torch.manual_seed(worker)


@pytest.mark.parametrize('start', [None, seeded])
def test_a_worker_outlives_sigterm_and_ctrl_c(start) -> None:
    batches = iter(shield(DataLoader(ProcessIds(), num_workers=1, worker_init_fn=start)))
    worker = int(next(batches))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
        os.kill(worker, number)
        time.sleep(0.1)
        assert {int(next(batches)) for _ in range(20)} == {worker}
    process = batches._workers[0]
    del batches
    process.join(30)
    assert process.exitcode == 0


def test_the_exit_ends_workers(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, '-c', STOPPED],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, 'PYTHONPATH': str(repository)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, '')
    for worker in map(int, done.stdout.split()):
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
