"""How a data loader's worker process answers signals: stopping is the trainer's business."""

import multiprocessing
import signal
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from typing import Any

from torch.utils.data import DataLoader

# Before multiprocessing's own finalizers, which close the queues.
_FIRST = 1000


def shield(loader: DataLoader[Any]) -> DataLoader[Any]:
    """Let the loader's workers outlive a signal that goes to all processes.

    A terminal's Ctrl-C and a scheduler's SIGTERM reach the workers as well as the trainer, which
    needs the batch on its way to finish its iteration and save. Workers end when the trainer tells
    them through their queue, when it is no more, or at its exit at the latest.
    """
    loader.worker_init_fn = partial(_start, loader.worker_init_fn)
    Finalize(None, _end_workers, exitpriority=_FIRST)
    return loader


def _start(start: Callable[[int], None] | None, worker: int) -> None:
    """Replace torch's own handlers, which it sets before this runs, and go on as before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if start is not None:
        start(worker)


def _end_workers() -> None:
    """End what is left at the exit, in a way that can't be ignored.

    multiprocessing sends SIGTERM there and waits for ever; torch takes a killed worker for a fault.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for child in multiprocessing.active_children():
        if child.daemon:
            child.kill()
