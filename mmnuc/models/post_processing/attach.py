"""Making a model post-process what it predicts, and undoing it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from mmengine.structures import InstanceData
from torch.nn import Module

from mmnuc.images.pixel_size import PixelSize
from mmnuc.structures.host import POST_PROCESSED

_STEPS = ('val_step', 'test_step')

Samples = list[Any]


def attach(
    model: Module,
    chain: Callable[..., InstanceData],
    *,
    class_names: Sequence[str] = (),
    pixel_size: PixelSize | float | None = None,
    once: bool = False,
) -> Attached:
    """Make a model post-process what its ``val_step`` and ``test_step`` return.

    The outermost model is taken, be it a detector, a distributed wrapper or test-time
    augmentation, so that the chain sees what the evaluator would: whole images, fused views.

    Args:
        model: The model that is asked for predictions.
        chain: What to do with ``pred_instances`` of each sample.
        class_names: Names of its classes.
        pixel_size: Micrometres a pixel.
        once: Detach after the first step, even if it fails or is interrupted.

    Returns:
        A handle to detach the chain with; also a context manager.

    Raises:
        ValueError: The model, or one inside of it, has a chain already, which would run twice.
    """
    if any(isinstance(vars(layer).get(_STEPS[0]), _Step) for layer in _layers(model)):
        raise ValueError('the model has post-processing attached already; remove it first')
    return Attached(model, chain, class_names, pixel_size, once)


class Attached:
    """A chain on a model."""

    def __init__(
        self,
        model: Module,
        chain: Callable[..., InstanceData],
        class_names: Sequence[str],
        pixel_size: PixelSize | float | None,
        once: bool,
    ) -> None:
        self.once = once
        self.removed = False
        self.running: set[int] = set()  # threads inside of a step
        self._model = model
        self._chain = chain
        self._told = dict(class_names=tuple(class_names), pixel_size=pixel_size)
        # What somebody else has put on this very model comes back afterwards.
        self._before = {name: vars(model)[name] for name in _STEPS if name in vars(model)}
        for name in _STEPS:
            setattr(model, name, _Step(self, name))

    def remove(self) -> None:
        """Detach the chain; a second call does nothing."""
        self.removed = True
        for name in _STEPS:
            step = vars(self._model).get(name)
            if isinstance(step, _Step) and step.handle is self:
                delattr(self._model, name)
                if name in self._before:
                    setattr(self._model, name, self._before[name])

    def predict(self, name: str, data: Any) -> Samples:
        """Do as the model does without the chain."""
        if name in self._before:
            return self._before[name](data)
        return getattr(type(self._model), name)(self._model, data)

    def finish(self, samples: Samples) -> Samples:
        """Run the chain on each sample; what holds no predictions, such as losses, passes.

        So does what is post-processed already, see :data:`mmnuc.structures.host.POST_PROCESSED`.
        """
        for sample in samples:
            if 'pred_instances' in sample and not _is_done(sample):
                sample.pred_instances = self._chain(sample.pred_instances, **self._told)
        return samples

    def __enter__(self) -> Attached:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


class _Step:
    """Stands in for ``val_step`` or ``test_step`` of one model.

    An object, not a closure: a deep copy of the model has one that calls the copy.
    """

    def __init__(self, handle: Attached, name: str) -> None:
        self.handle = handle
        self.name = name

    def __call__(self, data: Any) -> Samples:
        # A model whose one step calls the other gets the chain once.
        running, thread = self.handle.running, threading.get_ident()
        if thread in running or self.handle.removed:
            return self.handle.predict(self.name, data)
        running.add(thread)
        try:
            samples = self.handle.predict(self.name, data)
        finally:
            running.discard(thread)
            if self.handle.once:
                self.handle.remove()
        return self.handle.finish(samples)


def _is_done(sample: Any) -> bool:
    return bool(getattr(sample, 'metainfo', {}).get(POST_PROCESSED))


def _layers(model: Module) -> Iterator[Module]:
    """The model and what is wrapped in it."""
    inner: Any = model
    while isinstance(inner, Module):
        yield inner
        inner = getattr(inner, 'module', None)
