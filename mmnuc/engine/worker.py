"""How a data loader's worker process answers signals: stopping is the trainer's business."""

import os
import signal
from collections.abc import Callable
from functools import partial
from types import FrameType

from torch.utils.data import DataLoader


def shield(loader: DataLoader) -> DataLoader:
    """Let the loader's workers outlive a signal that goes to all processes.

    A terminal's Ctrl-C and a scheduler's SIGTERM reach the workers as well as the trainer, which
    needs the batch on its way to finish its iteration and save.
    """
    loader.worker_init_fn = partial(_start, loader.worker_init_fn)
    return loader


def _start(start: Callable[[int], None] | None, worker: int) -> None:
    """Replace torch's own handlers, which it sets before this runs, and go on as before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _outlive_once)
    if start is not None:
        start(worker)


def _outlive_once(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """A scheduler signals once; a trainer on its way out asks a stuck worker again."""
    signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    os._exit(0)
