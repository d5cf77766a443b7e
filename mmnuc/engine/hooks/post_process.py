"""The chain of post-processing runs in validation and test, before the evaluator sees anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mmnuc.registry import HOOKS, POST_PROCESSING


@HOOKS.register_module()
class PostProcessHook(Hook):
    """Attach a chain of post-processing to the model for each batch of a validation or test.

    mmengine calls ``after_test_iter`` when the evaluator has seen the samples, too late for a
    hook to change them; so the model itself returns what the chain leaves. Between two batches,
    and after anything that stops a run, the model is as it was.

    Args:
        chain: The steps, such as ``[dict(type='mmnuc.MaskNMS', iou_threshold=0.3)]``; see
            ``docs/post-processing.md``.

    Raises:
        UserError: There is no such step, or its settings make no sense.
    """

    # After everything else that has to do with the model before a batch.
    priority = 'LOWEST'

    def __init__(self, chain: Sequence[Mapping[str, Any]]) -> None:
        # By name: models and engine are neighbours, and neither imports the other.
        self.chain = POST_PROCESSING.build(
            dict(type='mmnuc.Chain', steps=list(chain), _scope_='mmnuc')
        )
        self._attached: Any = None

    def before_val_iter(self, runner: Runner, **_: object) -> None:
        """Attach the chain for a batch."""
        self._attach(runner, runner.val_dataloader)

    def before_test_iter(self, runner: Runner, **_: object) -> None:
        """Attach the chain for a batch."""
        self._attach(runner, runner.test_dataloader)

    def after_val_iter(self, runner: Runner, **_: object) -> None:  # noqa: ARG002
        """Detach the chain, also where a loop asked the model for nothing."""
        self._detach()

    def after_test_iter(self, runner: Runner, **_: object) -> None:  # noqa: ARG002
        """Detach the chain, also where a loop asked the model for nothing."""
        self._detach()

    def _attach(self, runner: Runner, loader: DataLoader[Any]) -> None:
        self._detach()
        known = getattr(loader.dataset, 'metainfo', None) or {}
        names = known.get('classes', ())
        self._attached = self.chain.attach(
            runner.model,
            class_names=(names,) if isinstance(names, str) else names,
            pixel_size=known.get('pixel_size'),
            once=True,
        )

    def _detach(self) -> None:
        if self._attached is not None:
            self._attached.remove()
            self._attached = None
