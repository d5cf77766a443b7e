"""Tiles, test-time augmentation and ensembles, as settings of a config's SegmentHook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmnuc.errors import UserError
from mmnuc.inference.tiles import Tiling

HOOK = 'mmnuc.SegmentHook'


def set_tiles(
    cfg: Config,
    *,
    tile: int | None = None,
    overlap: int | None = None,
    batch_size: int | None = None,
    merge: bool = True,
    tta: bool = False,
) -> None:
    """Make tests of an experiment see tiles or several views, in place.

    What is not asked for stays as the config's :class:`~mmnuc.engine.hooks.SegmentHook` has it.

    Args:
        cfg: The experiment.
        tile: Side of the tiles in pixels.
        overlap: Pixels that tiles share.
        batch_size: Tiles that the model gets at once.
        merge: Put nuclei that were cut together again.
        tta: Average several views, as ``tta`` of the config says.

    Raises:
        UserError: The tiles make no sense.
    """
    named = dict(
        tile=tile,
        overlap=overlap,
        batch_size=batch_size,
        merge=None if merge else False,
        tta=cfg.get('tta', dict(type='mmnuc.NucleiTTA')) if tta else None,
    )
    settings = _hook(cfg, {name: value for name, value in named.items() if value is not None})
    if settings.get('overlap') and not settings.get('tile'):
        raise UserError('--overlap says what tiles share: name their side with --tile')
    try:
        Tiling(settings.get('tile'), settings.get('overlap', 0), settings.get('batch_size', 1))
    except ValueError as error:
        raise UserError(str(error)) from error


def set_ensemble(
    cfg: Config,
    others: Sequence[Sequence[str | Path]],
    weights: Sequence[float] | None = None,
) -> None:
    """Make tests of an experiment ask more models, in place.

    Args:
        cfg: The experiment.
        others: Config and checkpoint of each further model.
        weights: How much each model counts, the experiment's own first; by default all the same.

    Raises:
        UserError: A file is missing, or the weights are not as many as the models.
    """
    for path in (path for pair in others for path in pair):
        if not Path(path).is_file():
            raise UserError(f'no such file: {path}')
    if weights and len(weights) != len(others) + 1:
        raise UserError(f'{len(others) + 1} models need {len(others) + 1} weights')
    given: dict[str, Any] = {}
    if others:
        given['ensemble'] = [dict(config=str(c), checkpoint=str(k)) for c, k in others]
    if weights:
        given['weights'] = list(weights)
    _hook(cfg, given)


def _hook(cfg: Config, given: dict[str, Any]) -> dict[str, Any]:
    """Settings of the config's hook with those given, which add it where there is none."""
    hooks = list(cfg.get('custom_hooks') or [])
    settings = next((hook for hook in hooks if hook['type'] == HOOK), None)
    if settings is not None:
        settings.update(given)
        return dict(settings)
    if given:
        cfg.custom_hooks = [*hooks, dict(type=HOOK, **given)]
    return given
