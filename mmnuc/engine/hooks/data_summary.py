"""Before a training starts it says what it will learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmnuc.coco.contents import Contents
from mmnuc.errors import UserError
from mmnuc.registry import HOOKS


@HOOKS.register_module()
class DataSummaryHook(Hook):
    """Log images, nuclei by class, what is left out, and the sizes of the nuclei.

    Sizes are in micrometres too where the json states the pixel size of its images, or the config
    the one that the model is trained at (``pixel_size``).

    Raises:
        UserError: Before the first iteration: there is no nucleus to learn from.
    """

    def before_train(self, runner: Runner) -> None:
        """Say it."""
        found = list(contents_of_dataset(runner.train_dataloader.dataset))
        if not found:
            return  # a data set of another kind
        size = runner.cfg.get('pixel_size')
        pixel_size = float(size) if isinstance(size, (int, float)) else None
        lines = [line for contents in found for line in contents.lines(pixel_size)]
        runner.logger.info('\n'.join(['learns from', *lines]))
        if not any(contents.nuclei for contents in found):
            raise UserError(found[0].emptiness())


def contents_of_dataset(dataset: Any) -> Iterator[Contents]:
    """What a data set holds, also one that is wrapped or put together.

    Example:
        >>> list(contents_of_dataset(object()))
        []
    """
    contents = getattr(dataset, 'contents', None)
    if isinstance(contents, Contents):
        yield contents
        return
    inner = getattr(dataset, 'dataset', None)
    parts = getattr(dataset, 'datasets', [] if inner is None else [inner])
    for part in parts:
        yield from contents_of_dataset(part)
