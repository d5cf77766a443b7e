"""Progress and time left: a bar on a terminal, lines in a log."""

import datetime
import sys
import time

from mmengine.dist import is_main_process
from mmengine.hooks import LoggerHook
from mmengine.runner import Runner

from mmnuc.registry import HOOKS

_BAR_WIDTH = 24


@HOOKS.register_module()
class ProgressHook(LoggerHook):
    """mmengine's logger, with a line every few seconds of validation and test, and a bar.

    mmengine writes a validation or test line every ``interval`` batches: never for the six tiles
    of a small test set, which take minutes on a CPU.

    Args:
        seconds: Time between two lines of a validation or test. The last batch gets one too.
        **kwargs: Passed to mmengine's ``LoggerHook``.
    """

    def __init__(self, seconds: float = 10, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.seconds = seconds
        self._last_line = 0.0

    def after_train_iter(self, runner: Runner, batch_idx: int, **batch: object) -> None:
        """Log every ``interval`` iterations."""
        super().after_train_iter(runner, batch_idx, **batch)
        self._draw(runner, 'train', runner.iter + 1, runner.max_iters)

    def after_val_iter(self, runner: Runner, batch_idx: int, **_: object) -> None:
        """Log when the last line is old."""
        self._after_batch(runner, batch_idx, 'val', len(runner.val_dataloader))

    def after_test_iter(self, runner: Runner, batch_idx: int, **_: object) -> None:
        """Log when the last line is old."""
        self._after_batch(runner, batch_idx, 'test', len(runner.test_dataloader))

    def _after_batch(self, runner: Runner, batch_idx: int, mode: str, batches: int) -> None:
        now = time.monotonic()
        if now - self._last_line >= self.seconds or batch_idx + 1 == batches:
            _, line = runner.log_processor.get_log_after_iter(runner, batch_idx, mode)
            runner.logger.info(line)
            self._last_line = now
        self._draw(runner, mode, batch_idx + 1, batches)

    @staticmethod
    def _draw(runner: Runner, mode: str, done: int, total: int) -> None:
        if not (sys.stderr.isatty() and is_main_process()):
            return
        eta = runner.message_hub.runtime_info.get('eta', 0)
        # The cursor goes back to the start: the next log line, which is longer, covers the bar.
        end = '\r\x1b[K' if done == total else '\r'
        print(bar(mode, done, total, eta), end=end, file=sys.stderr, flush=True)


def bar(mode: str, done: int, total: int, seconds_left: float) -> str:
    """Draw progress in at most 60 columns.

    Example:
        >>> bar('test', 3, 6, 75)
        'test [############............] 3/6, 0:01:15 left'
    """
    filled = _BAR_WIDTH * done // total
    left = datetime.timedelta(seconds=int(seconds_left))
    return f'{mode} [{"#" * filled:.<{_BAR_WIDTH}}] {done}/{total}, {left} left'
