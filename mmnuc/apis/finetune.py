"""Train a published model further on own images: what that takes, as a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import pi
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from mmengine.config import Config

from mmnuc.apis.model_zoo.pretrained import pretrained_weights
from mmnuc.coco.categories import CocoCategory, match_classes
from mmnuc.coco.faults import shown_name
from mmnuc.coco.read_table import TableRules, read_table
from mmnuc.coco.table import CocoTable
from mmnuc.engine.config import read_config
from mmnuc.engine.experiment import with_options
from mmnuc.engine.initial_weights import start_from
from mmnuc.errors import UserError
from mmnuc.inference.pipeline import class_names_of, innermost

# What sees; the heads learn alone, and a few annotated images don't spoil what many taught.
FROZEN = ('backbone', 'neck', 'rpn_head')
# A third of the rate of the training before, for a small part of its iterations.
SETTINGS = {'train_cfg.max_iters': 300, 'optim_wrapper.optimizer.lr': 2e-4}


@dataclass(frozen=True)
class Split:
    """What a COCO file holds.

    Attributes:
        images: How many images.
        nuclei: How many nuclei on them.
        categories: Their classes.

    Example:
        >>> print(Split(1, 1862, ()))
        1 image with 1,862 nuclei
    """

    images: int
    nuclei: int
    categories: tuple[CocoCategory, ...]

    def __str__(self) -> str:
        images = 'image' if self.images == 1 else 'images'
        nuclei = 'nucleus' if self.nuclei == 1 else 'nuclei'
        return f'{self.images:,} {images} with {self.nuclei:,} {nuclei}'


@dataclass(frozen=True)
class FineTuning:
    """A training that is ready to start.

    Attributes:
        config: The experiment.
        weights: What it starts from.
        data: Folder of the images.
        train: What it learns from.
        val: What it is validated on; None where there is no ``val.json``.
    """

    config: Config
    weights: Path
    data: Path
    train: Split
    val: Split | None

    def description(self) -> str:
        """Say which weights learn what from which images, and for how long."""
        frozen = ', '.join(self.config.get('frozen') or ()) or 'nothing'
        validated = (
            f'no {self.data / "val.json"}: without validation, the last checkpoint is what counts'
            if self.val is None
            else f'validated on {self.val}'
        )
        size = self.config.get('pixel_size')
        scale = (
            'pixel size unknown: state it with --cfg-options pixel_size=MICROMETRES'
            if size is None
            else f'{size:g} µm a pixel'
        )
        return '\n'.join(
            [
                f'starts from {self.weights}',
                f'learns from {self.data}: {self.train}; {validated}',
                f'{scale}; nuclei of {self.config.get("diameter") or "unknown"} pixels',
                f'frozen: {frozen}; {self.config.train_cfg.max_iters:,} iterations',
            ]
        )


def finetuning(
    model: str,
    data: str | Path,
    *,
    freeze: Sequence[str] | None = None,
    cfg_options: Mapping[str, Any] | None = None,
) -> FineTuning:
    """Plan a training that starts from a published model.

    Args:
        model: One of :data:`mmnuc.apis.model_zoo.pretrained.PRETRAINED`.
        data: A folder as ``mmnuc convert`` writes it: ``train.json``, ``images/`` and, to validate
            on, ``val.json``.
        freeze: Parts of the network to leave as they are; by default :data:`FROZEN`.
        cfg_options: Settings of the config to overwrite, by dotted key.

    Returns:
        The plan. Its config is called by the model and the folder.

    Raises:
        UserError: There is no such model, the folder is not of that kind, or its classes are not
            the model's.
    """
    weights, folder = pretrained_weights(model), Path(data).resolve()
    train, val = _read(folder, 'train'), _read(folder, 'val')
    cfg = read_config(weights.with_suffix('.py'), dict(SETTINGS))
    if train is None or not (folder / 'images').is_dir():
        raise UserError(
            f'{data} holds no train.json beside images/: make such a folder of your images and '
            f'annotations with `mmnuc convert FORMAT SRC {data}`; its --help lists the formats'
        )
    for split in (train, val):
        if split is not None:
            _require_classes(split, class_names_of(cfg), model, data)
    _point_to(cfg, folder, validate=val is not None)
    _state_scale(cfg, train)
    start_from(cfg, str(weights.resolve()))
    cfg.frozen = list(FROZEN if freeze is None else freeze)
    named = Config(cfg.to_dict(), filename=f'{model}_{folder.name}.py', cfg_text=cfg.pretty_text)
    planned = with_options(named, cfg_options)
    _drop_late_averages(planned)
    validation = None if val is None else _split(val)
    return FineTuning(planned, weights, folder, _split(train), validation)


def _read(folder: Path, split: str) -> CocoTable | None:
    """What a split holds; None where there is no such file.

    Raises:
        UserError: It can't be read, or is no COCO file with annotations.
    """
    path = folder / f'{split}.json'
    if not path.is_file():
        return None
    table = read_table(path, TableRules(masks=False))
    for key in ('images', 'annotations', 'categories'):
        if key not in table.lists:
            raise UserError(f'cannot read {path}, which is no COCO file with annotations: no {key}')
    return table


def _split(table: CocoTable) -> Split:
    return Split(len(table.images), table.total, table.categories)


def _require_classes(split: CocoTable, known: Sequence[str], model: str, data: str | Path) -> None:
    match = match_classes(known, split.categories, str(data))
    if match.missing or -1 in match.labels:
        names = ', '.join(shown_name(category.name) for category in split.categories)
        raise UserError(
            f'{data} has the classes {names or "(none)"}, but the {model} model '
            f'knows {", ".join(known)}: for other classes train a config of your own that starts '
            'from its weights (load_from)'
        )


def _point_to(cfg: Config, folder: Path, *, validate: bool) -> None:
    """Let every data set and evaluator of a config read a folder, in place."""
    for loader in ('train', 'val', 'test'):
        own = innermost(cfg, f'{loader}_dataloader')
        own['data_root'] = f'{folder}/'
        # A leaderboard's evaluator has no say about other images.
        own['ann_file'] = 'train.json' if loader == 'train' else 'val.json'
        # The model may have learnt from several sets, and from some kinds of images.
        own.pop('kinds', None)
        cfg[f'{loader}_dataloader'].dataset = own
    evaluators = cfg.val_evaluator if isinstance(cfg.val_evaluator, list) else [cfg.val_evaluator]
    for evaluator in evaluators:
        evaluator['ann_file'] = str(folder / 'val.json')
        if 'draws' in evaluator:  # what configs of 0.1 call it
            evaluator['n_resamples'] = evaluator.pop('draws')
    cfg.val_evaluator = evaluators
    cfg.test_evaluator = deepcopy(evaluators)
    if not validate:
        cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
        cfg.default_hooks.checkpoint.pop('save_best', None)


def _state_scale(cfg: Config, table: CocoTable) -> None:
    """Let a config state the scale of the images that are trained on, not the model's, in place.

    The size of a pixel is known where all images of the file state the same (``pixel_size_um``).
    """
    sizes = {image.pixel_size for image in table.images}
    stated = sizes.pop() if len(sizes) == 1 else None
    # A model has one scale: pixels that are not square have none to state.
    cfg.pixel_size = stated[0] if stated and stated[0] == stated[1] else None
    measured = np.flatnonzero(table.areas > 0)
    measured = measured[np.argsort(table.image_rows[measured], kind='stable')]
    diameters = 2 * np.sqrt(table.areas[measured] / pi)
    by_image = np.split(diameters, np.flatnonzero(np.diff(table.image_rows[measured])) + 1)
    medians = [float(np.median(own)) for own in by_image if len(own)]
    cfg.diameter = round(median(medians), 1) if medians else None


def _drop_late_averages(cfg: Config) -> None:
    """Leave out averages of the weights (EMA) that would begin after the end, in place."""
    end = cfg.train_cfg.max_iters
    cfg.custom_hooks = [
        hook for hook in cfg.get('custom_hooks') or [] if hook.get('begin_iter', 0) <= end
    ]
