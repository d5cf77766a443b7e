"""One chain in the config gives the same nuclei in a validation, a test and a direct call."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator

from mmnuc.engine import NucleiRunner
from mmnuc.engine.config import read_config
from mmnuc.models.post_processing import chain_of
from mmnuc.structures import Nuclei

CHAIN = [
    dict(type='mmnuc.ScoreThreshold', thresholds=dict(nucleus=0.1)),
    dict(type='mmnuc.MaskNMS', iou_threshold=0.5),
    dict(type='mmnuc.ResolveOverlaps'),
    dict(type='mmnuc.Smooth'),
    dict(type='mmnuc.LargestPart'),
    dict(type='mmnuc.FillHoles'),
    dict(type='mmnuc.SplitTouching'),
    dict(type='mmnuc.SizeLimits', low=4),
    dict(type='mmnuc.TopK', k=12),
]
CLASSES = ('nucleus',)


class Collecting(BaseMetric):
    """Keeps what an evaluator gets to see, image by image."""

    def process(self, data_batch, data_samples) -> None:  # noqa: ARG002
        self.results += [
            {**sample['pred_instances'], 'img_id': sample['img_id']} for sample in data_samples
        ]

    def compute_metrics(self, results: list) -> dict:
        self.seen = {result['img_id']: result for result in results}
        return {}


@pytest.fixture
def runner(world: Path) -> NucleiRunner:
    cfg = read_config(world)
    cfg.work_dir = str(world.parent / 'run')
    others = [hook for hook in cfg.custom_hooks if hook['type'] != 'mmnuc.PostProcessHook']
    cfg.custom_hooks = [*others, dict(type='mmnuc.PostProcessHook', chain=CHAIN)]
    cfg.test_dataloader, cfg.model.backbone.init_cfg = cfg.val_dataloader, None
    torch.manual_seed(0)
    built = NucleiRunner.from_cfg(cfg)
    built._val_evaluator, built._test_evaluator = (
        Evaluator([Collecting()]),
        Evaluator([Collecting()]),
    )
    return built


def seen_by(runner: NucleiRunner, kind: str) -> dict[int, dict]:
    getattr(runner, kind)()
    return getattr(runner, f'{kind}_evaluator').metrics[0].seen


def rows(found: dict) -> tuple:
    rounded = [np.asarray(found[key]).tolist() for key in ('bboxes', 'scores', 'labels')]
    return (*rounded, found['masks'].to_rles())


def test_every_road_gives_the_same_nuclei(runner: NucleiRunner) -> None:
    val, test = seen_by(runner, 'val'), seen_by(runner, 'test')
    again = seen_by(runner, 'val')
    chain, changed = chain_of(runner.cfg), 0
    for batch in runner.val_dataloader:
        with torch.no_grad():
            (plain,) = runner.model.test_step(batch)
            with chain.attach(runner.model, class_names=CLASSES):
                (direct,) = runner.model.test_step(batch)
        expected = rows(direct.pred_instances)
        for seen in (val, test, again):
            assert rows(seen[plain.img_id]) == expected
        nuclei = chain.on(Nuclei.from_instance_data(plain.pred_instances, CLASSES))
        assert nuclei.masks.to_rles() == expected[-1]
        assert nuclei.scores.tolist() == expected[1]
        assert 0 < len(nuclei) <= 12
        changed += rows(plain.pred_instances)[-1] != expected[-1]
    assert changed == len(val) == 2
