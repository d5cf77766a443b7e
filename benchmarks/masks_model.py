"""Where the time of a training iteration and of the test of a tile goes, on both roads.

Everything but the network is: reading and augmenting (in this process, nothing runs beside it),
moving to the device, mask targets, pasting the predicted masks, and encoding them.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmdet.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint

from benchmarks.masks_rows import MMDET, digest, encode

DENSE = {
    'mmnuc.NucleiDataset': 'CocoDataset',
    'mmnuc.LoadNucleiAnnotations': 'LoadAnnotations',
    'mmnuc.CropFCNMaskHead': 'FCNMaskHead',
    'mmnuc.CropStandardRoIHead': 'StandardRoIHead',
}


class Stopwatch:
    """Adds up the seconds of each part of the work."""

    def __init__(self, device: str) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.device = device

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that its time counts for a part."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            begin = self._now()
            result = function(*args, **kwargs)
            self.seconds[part] += self._now() - begin
            return result

        return wrapped

    def _now(self) -> float:
        if self.device == 'cuda':
            torch.cuda.synchronize()
        return time.perf_counter()


@dataclass(frozen=True)
class Experiment:
    """What is run.

    Args:
        config: Path of the config.
        checkpoint: Weights; random ones without it.
        device: ``cpu`` or ``cuda``.
        runs: Runs to take the mean of, after a first one.
    """

    config: Path
    checkpoint: Path | None
    device: str
    runs: int


def training(road: str, folder: Path, experiment: Experiment) -> dict[str, Any]:
    """Time training iterations of the config's batch.

    Returns:
        Seconds of each part of one iteration, and a digest of the losses.
    """
    config, model, watch = _prepare(road, experiment)
    dataset = _dataset(config.train_dataloader.dataset, folder)
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    batch_size = config.train_dataloader.batch_size
    model.train()

    def iteration(seed: int) -> list[float]:
        np.random.seed(seed)  # noqa: NPY002 - what mmdet's transforms draw from
        torch.manual_seed(seed)
        load = watch.timed('load', lambda: [dataset[0] for _ in range(batch_size)])
        losses = watch.timed('step', model.train_step)(pseudo_collate(load()), optimizer)
        return [value.item() for value in losses.values()]

    work = f'{experiment.config.stem}, batch of {batch_size}'
    return _report(iteration, watch, experiment.runs, work)


def testing(road: str, folder: Path, experiment: Experiment) -> dict[str, Any]:
    """Time the test of the whole tile, from the file to run lengths.

    Returns:
        Seconds of each part, the number of predictions, and a digest of their masks.
    """
    config, model, watch = _prepare(road, experiment)
    settings = config.val_dataloader.dataset
    dataset = _dataset({**settings, 'ann_file': 'train.json'}, folder)
    model.eval()

    def run(_: int) -> dict[str, Any]:
        data = pseudo_collate([watch.timed('load', dataset.__getitem__)(0)])
        with torch.no_grad():
            sample = watch.timed('step', model.val_step)(data)[0]
        rles = watch.timed('encode', encode)(sample.pred_instances.masks)
        return {'predictions': len(rles), 'rles': digest(rles)}

    return _report(run, watch, experiment.runs, experiment.config.stem)


def _report(run: Callable[[int], Any], watch: Stopwatch, runs: int, work: str) -> dict[str, Any]:
    """Run once to warm up and then ``runs`` times; return the mean seconds of each part."""
    run(0)
    watch.seconds.clear()
    if watch.device == 'cuda':
        torch.cuda.reset_peak_memory_stats()
    for seed in range(1, runs + 1):
        result = run(seed)
    parts = {part: seconds / runs for part, seconds in watch.seconds.items()}
    parts['network'] = parts.pop('step') - parts['masks'] - parts['move']
    peak = torch.cuda.max_memory_allocated() / 2**20 if watch.device == 'cuda' else None
    return {'work': work, 'parts': parts, 'gpu_megabytes': peak, 'result': result}


def _prepare(road: str, experiment: Experiment) -> tuple[Config, Any, Stopwatch]:
    init_default_scope('mmdet')
    config = Config.fromfile(experiment.config)
    if road == MMDET:
        _dense(config._cfg_dict)
    config.model.backbone.init_cfg = None  # downloads nothing
    torch.manual_seed(0)
    model = MODELS.build(config.model).to(experiment.device)
    model.init_weights()
    if experiment.checkpoint is not None:
        load_checkpoint(model, str(experiment.checkpoint), map_location='cpu')
    watch = Stopwatch(experiment.device)
    head = model.roi_head.mask_head
    head.get_targets = watch.timed('masks', head.get_targets)
    head.predict_by_feat = watch.timed('masks', head.predict_by_feat)
    preprocess = model.data_preprocessor
    preprocess.forward = watch.timed('move', preprocess.forward)
    return config, model, watch


def _dataset(settings: dict[str, Any], folder: Path) -> Any:
    settings = {**settings, 'data_root': str(folder), 'metainfo': {'classes': ('nucleus',)}}
    return DATASETS.build(settings)


def _dense(node: Any) -> None:
    """Put mmdet's own classes in the place of ours, in a config."""
    children = node.values() if isinstance(node, dict) else node
    for child in children:
        if isinstance(child, dict | list | tuple):
            _dense(child)
    if isinstance(node, dict) and node.get('type') in DENSE:
        node['type'] = DENSE[node['type']]
        if node['type'] == 'LoadAnnotations':
            node.update(with_bbox=True, with_mask=True)
