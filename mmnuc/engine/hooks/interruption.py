"""Ctrl-C and a scheduler's SIGTERM leave a checkpoint to go on from."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import torch
from mmengine.dist import all_reduce, get_dist_info
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmnuc.atomic import atomic_path
from mmnuc.registry import HOOKS

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@HOOKS.register_module()
class InterruptionHook(Hook):
    """Finish the running iteration, save ``interrupted.pth`` and stop, when asked to stop.

    A second Ctrl-C stops at once.

    Raises:
        KeyboardInterrupt: In the training loop, once the checkpoint is saved.
    """

    # After the checkpoint hook and the schedulers: what is saved is the whole iteration.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self.asked = False
        self._owner = 0
        self._previous: dict[int, signal._HANDLER] = {}

    def before_train(self, runner: Runner) -> None:  # noqa: ARG002
        """Start to listen."""
        if threading.current_thread() is not threading.main_thread():
            return  # Python hands signals to the main thread only
        self._owner = os.getpid()
        self._previous = {number: signal.signal(number, self._handle) for number in _SIGNALS}

    def after_train_iter(self, runner: Runner, **_: object) -> None:
        """Save and stop, if any of the processes was asked to."""
        if self._any_asked():
            self.stop(runner, runner.iter + 1)

    def after_val_iter(self, runner: Runner, **_: object) -> None:
        """Save and stop in a validation; training goes on after the iteration before it."""
        if self._previous and self.asked:
            self.stop(runner, runner.iter)

    def after_train(self, runner: Runner) -> None:  # noqa: ARG002
        """Stop listening."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    def stop(self, runner: Runner, iteration: int) -> None:
        """Save the state after ``iteration`` iterations and stop.

        Raises:
            KeyboardInterrupt: Always.
        """
        self.save(runner, iteration)
        self.after_train(runner)
        raise KeyboardInterrupt

    @staticmethod
    def save(runner: Runner, iteration: int) -> None:
        """Save the state after ``iteration`` iterations as the checkpoint to go on from."""
        folder = Path(runner.work_dir)
        runner.save_checkpoint(
            str(folder),
            'interrupted.pth',
            meta=dict(epoch=runner.epoch, iter=iteration),
            by_epoch=False,
        )
        if runner.rank == 0:
            with atomic_path(folder / 'last_checkpoint') as path:
                path.write_text(str(folder / 'interrupted.pth'))
        runner.logger.info(f'Stopped at iteration {iteration}; go on with --resume')

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if os.getpid() != self._owner:
            return  # a loader's worker that has just been forked
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def _any_asked(self) -> bool:
        """All processes stop at the same iteration, or the others wait for gradients forever."""
        if get_dist_info()[1] == 1:
            return self.asked
        asked = torch.tensor(int(self.asked))
        all_reduce(asked, 'max')
        return bool(asked)
