"""The steps of post-processing, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.models.post_processing.attach import Attached, attach
from mmnuc.registry import POST_PROCESSING
from mmnuc.structures.host import from_instances, to_instances
from mmnuc.structures.nuclei import Nuclei

Step = Callable[[InstanceData], InstanceData]


@POST_PROCESSING.register_module()
class Chain:
    """Steps of post-processing, each a callable ``InstanceData -> InstanceData``.

    Steps see the instances of a whole image: of tiles they are stitched first. What the image
    knows beside its instances, steps read from ``instances.metainfo``: ``class_names`` and
    ``pixel_size``. Nothing is changed in place.

    Args:
        steps: The steps, or dicts as configs write them, such as
            ``dict(type='mmnuc.MaskNMS', iou_threshold=0.3)``.

    Raises:
        UserError: There is no such step, or its settings make no sense.

    Example:
        >>> import numpy as np
        >>> chain = Chain([dict(type='mmnuc.TopK', k=1)])
        >>> chain.on(Nuclei.from_label_map(np.array([[1, 2, 2]]), scores=[0.5, 0.9])).areas.tolist()
        [2]
    """

    def __init__(self, steps: Iterable[Step | Mapping[str, Any]] = ()) -> None:
        if isinstance(steps, Mapping):
            raise UserError(f'a chain is a list of steps, not {dict(steps)}')
        self.steps = tuple(_step(step) for step in steps)

    def __repr__(self) -> str:
        return f'{type(self).__name__}({list(self.steps)})'

    def __len__(self) -> int:
        return len(self.steps)

    def __call__(
        self,
        instances: InstanceData,
        *,
        class_names: Sequence[str] = (),
        pixel_size: PixelSize | float | None = None,
    ) -> InstanceData:
        """Run all steps.

        Args:
            instances: What was found in one image.
            class_names: Names of the classes, for steps that are given names.
            pixel_size: Micrometres a pixel, for steps in micrometres.

        Returns:
            What is left, with the ``metainfo`` of the instances.

        Raises:
            UserError: A step needs what the instances lack, such as masks.
        """
        told = dict(class_names=tuple(class_names), pixel_size=pixel_size)
        done = InstanceData(metainfo={**instances.metainfo, **told}, **dict(instances.items()))
        for step in self.steps:
            done = step(done)
        return InstanceData(metainfo=instances.metainfo, **dict(done.items()))

    def on(self, nuclei: Nuclei) -> Nuclei:
        """Run all steps on the nuclei of an image.

        Raises:
            UserError: A step needs what the nuclei lack, such as the size of a pixel.
        """
        names, size = nuclei.class_names, nuclei.pixel_size
        done = self(to_instances(nuclei), class_names=names, pixel_size=size)
        return from_instances(done, names, pixel_size=size)

    def before(self, score: float) -> float:
        """The lowest score that the chain can make this one of; most steps only lower scores.

        Example:
            >>> round(Chain([dict(type='mmnuc.PlattScaling', intercept=1.0)]).before(0.5), 3)
            0.269
        """
        for step in reversed(self.steps):
            score = min(score, step.before(score)) if hasattr(step, 'before') else score
        return score

    def attach(self, model: torch.nn.Module, **settings: Any) -> Attached:
        """Make a model post-process what it predicts; see :func:`attach`."""
        return attach(model, self, **settings)


def chain_of(cfg: Config) -> Chain | None:
    """The chain that an experiment attaches to its model with ``mmnuc.PostProcessHook``.

    Args:
        cfg: The experiment.

    Returns:
        The chain; None if there is none.

    Raises:
        UserError: There are several, or a step is wrong.
    """
    hooks = [hook for hook in cfg.get('custom_hooks') or () if _is_post_processing(hook)]
    if len(hooks) > 1:
        raise UserError(f'the config has {len(hooks)} PostProcessHooks; write one with all steps')
    return Chain(hooks[0].get('chain') or ()) if hooks else None


def _is_post_processing(hook: Any) -> bool:
    if not isinstance(hook, Mapping):
        return False
    kind = hook.get('type', '')
    name = kind if isinstance(kind, str) else kind.__name__
    return name.rpartition('.')[2] == 'PostProcessHook'


def _step(step: Step | Mapping[str, Any]) -> Step:
    if not isinstance(step, Mapping):
        if callable(step):
            return step
        raise UserError(f'a step is a dict with a type, not {step!r}')
    kind = step.get('type')
    if isinstance(kind, str) and POST_PROCESSING.get(kind) is None:
        known = ', '.join(f'mmnuc.{name}' for name in sorted(POST_PROCESSING.module_dict))
        raise UserError(f'no step of post-processing is called {kind}; there are {known}')
    if kind is None:
        raise UserError(f'a step is a dict with a type, not {dict(step)}')
    # Of its own scope whatever the config's: mmengine would look for the node in mmdet and warn.
    try:
        return POST_PROCESSING.build({**step, '_scope_': 'mmnuc'})
    except TypeError as error:
        raise UserError(str(error)) from error
