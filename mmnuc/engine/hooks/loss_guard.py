"""A loss that is no number stops the training before it reaches the weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_gather_object, all_reduce, get_dist_info
from mmengine.hooks import CheckpointHook, Hook
from mmengine.optim import AmpOptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import Tensor

from mmnuc.engine.checkpoints import weights
from mmnuc.engine.half_precision import Bfloat16OptimWrapper
from mmnuc.errors import UserError
from mmnuc.registry import HOOKS

_MOST_NAMED = 8
_SAVED = 'before_nan.pth'


class TrainingDivergedError(UserError):
    """The loss or the weights are no finite numbers any more."""


@HOOKS.register_module()
class LossGuardHook(Hook):
    """Look at every loss before the step that it would lead to.

    A loss that is NaN or infinite stops the training of all processes. No checkpoint is written
    over; the weights from before the step are saved as ``before_nan.pth``, if they are numbers.
    Steps that mixed precision skips, for gradients that overflow, have a loss like any other.

    Raises:
        TrainingDivergedError: In the training loop; it says iteration, images and settings.
    """

    def __init__(self) -> None:
        self._batch: Any = None
        self._restore: Callable[[], None] | None = None

    def before_train(self, runner: Runner) -> None:
        """Put the guard in front of the optimizer."""
        wrapper = runner.optim_wrapper
        if isinstance(wrapper, OptimWrapperDict):
            return  # a model of its own, which steps as it likes
        update = wrapper.update_params

        def guarded(loss: Tensor, *args: Any, **kwargs: Any) -> None:
            self.check(runner, loss)
            update(loss, *args, **kwargs)

        wrapper.update_params = guarded
        self._restore = lambda: wrapper.__dict__.pop('update_params', None)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:  # noqa: ARG002
        """Keep what the iteration is about."""
        self._batch = data_batch

    def after_train_iter(self, runner: Runner, **_: object) -> None:
        """Look at the weights where a checkpoint is due, before an older one makes room for it."""
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook) and not hook.by_epoch:
                due = hook.every_n_train_iters(runner, hook.interval)
                if due or (hook.save_last and self.is_last_train_iter(runner)):
                    require_finite(runner, runner.model.state_dict())

    def after_train_epoch(self, runner: Runner) -> None:
        """Look at the weights where a checkpoint may be due."""
        require_finite(runner, runner.model.state_dict())

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Let no checkpoint be written that nothing can be learnt from."""
        require_finite(runner, checkpoint['state_dict'])

    def after_train(self, runner: Runner) -> None:  # noqa: ARG002
        """Take the guard away."""
        self._batch = None
        if self._restore is not None:
            self._restore()
            self._restore = None

    def check(self, runner: Runner, loss: Tensor) -> None:
        """Stop if the loss of any process is no finite number.

        Raises:
            TrainingDivergedError: It is none.
        """
        bad = not bool(torch.isfinite(loss).all())
        several = get_dist_info()[1] > 1
        if several:
            # All stop at the same iteration, or the others wait for gradients forever.
            flag = torch.tensor(int(bad))
            all_reduce(flag, 'max')
            if not bool(flag):
                return
        elif not bad:
            return
        own = (float(loss.sum().item()), image_files(self._batch)) if bad else None
        found = [one for one in (all_gather_object(own) if several else [own]) if one is not None]
        raise TrainingDivergedError(self._message(runner, found))

    def _message(self, runner: Runner, found: list[tuple[float, list[str]]]) -> str:
        names = [name for _, own in found for name in own]
        images = ', '.join(names[:_MOST_NAMED]) + (' ...' if len(names) > _MOST_NAMED else '')
        where = images or 'its batch'
        half = ', train without --amp' if is_half(runner) else ''
        return (
            f'the loss is {found[0][0]} at iteration {runner.iter + 1}, on {where}; '
            f'{settings(runner)}; {self._kept(runner)}; lower the learning rate '
            f'(optim_wrapper.optimizer.lr), clip gradients (optim_wrapper.clip_grad){half}, or '
            'look at these images with "mmnuc browse"'
        )

    @staticmethod
    def _kept(runner: Runner) -> str:
        last = weights.last_checkpoint(runner.work_dir)
        kept = f'the last checkpoint is {last}' if last else 'no checkpoint was saved before'
        if runner.iter == 0 or broken_weight(runner.model.state_dict()):
            return kept
        meta = dict(epoch=runner.epoch, iter=runner.iter)
        runner.save_checkpoint(str(runner.work_dir), _SAVED, meta=meta, by_epoch=False)
        saved = Path(runner.work_dir) / _SAVED
        return f'{kept}; the weights from before this step are in {saved}'


def require_finite(runner: Runner, state: Mapping[str, Tensor]) -> None:
    """Stop where a weight is no finite number.

    Raises:
        TrainingDivergedError: One is none; it is named.
    """
    broken = broken_weight(state)
    if broken:
        last = weights.last_checkpoint(runner.work_dir)
        raise TrainingDivergedError(
            f'the weights {broken} are no finite numbers after iteration {runner.iter + 1}; '
            f'{settings(runner)}; no checkpoint is written, '
            f'{f"the last one is {last}" if last else "and there is none before"}; lower the '
            'learning rate (optim_wrapper.optimizer.lr) or clip gradients (optim_wrapper.clip_grad)'
        )


def broken_weight(state: Mapping[str, Tensor]) -> str:
    """The name of the first tensor with a value that is no finite number; empty without one.

    Example:
        >>> broken_weight({'a': torch.ones(2), 'b': torch.tensor([1, torch.nan])})
        'b'
    """
    for name, tensor in state.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return str(name)
    return ''


def image_files(batch: Any) -> list[str]:
    """Names of the image files of a batch, as far as it says them.

    Example:
        >>> image_files({'data_samples': []}), image_files(None)
        ([], [])
    """
    samples = batch.get('data_samples') if isinstance(batch, dict) else None
    if not isinstance(samples, (list, tuple)):
        return []
    paths = [getattr(sample, 'img_path', None) for sample in samples]
    return [os.path.basename(path) for path in paths if path]


def is_half(runner: Runner) -> bool:
    """Whether a training computes in half precision."""
    return isinstance(runner.optim_wrapper, (AmpOptimWrapper, Bfloat16OptimWrapper))


def settings(runner: Runner) -> str:
    """Learning rate and what else a loss depends on, in words."""
    wrapper = runner.optim_wrapper
    rates = sorted({f'{rate:.3g}' for rate in wrapper.get_lr()['lr']}, key=float)
    rate = rates[-1] if len(rates) == 1 else f'{rates[0]} to {rates[-1]}'
    clipped = wrapper.clip_grad_kwargs or 'none'
    return (
        f'learning rate {rate}, {type(wrapper.optimizer).__name__}, gradient clipping {clipped}, '
        f'mixed precision {"on" if is_half(runner) else "off"}'
    )
