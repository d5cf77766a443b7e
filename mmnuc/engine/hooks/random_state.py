"""A resumed training draws the random numbers that the uninterrupted one would have drawn."""

import random
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmnuc.registry import HOOKS


@HOOKS.register_module()
class RandomStateHook(Hook):
    """Keep the state of Python's, numpy's and torch's random numbers in the checkpoint.

    It is the state of the first process, which every process takes over on resuming. Workers of a
    data loader have their own, started from the seed. A validation leaves no trace in the training.
    """

    def __init__(self) -> None:
        self._before_val: torch.Tensor | None = None
        self._resumed: torch.Tensor | None = None

    def before_train_iter(self, runner: Runner, **_: object) -> None:  # noqa: ARG002
        """Restore torch's state: starting the data loader has just drawn from it."""
        if self._resumed is not None:
            torch.set_rng_state(self._resumed)
            self._resumed = None

    def before_val_epoch(self, runner: Runner) -> None:  # noqa: ARG002
        """Note the state: starting a data loader draws from it."""
        self._before_val = torch.get_rng_state()

    def after_val_epoch(self, runner: Runner, **_: object) -> None:  # noqa: ARG002
        """Restore the state, before the best checkpoint is saved."""
        if self._before_val is not None:
            torch.set_rng_state(self._before_val)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:  # noqa: ARG002
        """Add the state, as lists and tensors that load without executing pickled code."""
        name, keys, *position = np.random.get_state(legacy=True)  # noqa: NPY002
        version, internal, gauss = random.getstate()
        checkpoint['random_state'] = dict(
            numpy=[name, np.asarray(keys).tolist(), *position],
            python=[version, list(internal), gauss],
            torch=torch.get_rng_state(),
        )

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Restore the state when this training goes on from the checkpoint."""
        state = checkpoint.get('random_state')
        if not runner._resume or state is None:
            return
        name, keys, *position = state['numpy']
        np.random.set_state((name, np.array(keys, np.uint32), *position))  # noqa: NPY002
        version, internal, gauss = state['python']
        random.setstate((version, tuple(internal), gauss))
        self._resumed = state['torch'].cpu()
