"""Workers outlive one SIGTERM, and end at the second."""

import os
import signal
import time

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmnuc.engine.worker import shield


class ProcessIds(Dataset):
    """Every sample is the id of the process that loads it."""

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: int) -> int:
        return os.getpid()


def seeded(worker: int) -> None:
    torch.manual_seed(worker)


@pytest.mark.parametrize('start', [None, seeded])
def test_a_worker_outlives_one_sigterm_and_ctrl_c(start) -> None:
    batches = iter(shield(DataLoader(ProcessIds(), num_workers=1, worker_init_fn=start)))
    worker = int(next(batches))
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker, number)
        time.sleep(0.2)
        assert {int(next(batches)) for _ in range(20)} == {worker}
    os.kill(worker, signal.SIGTERM)
    batches._workers[0].join(30)
    assert batches._workers[0].exitcode == 0
