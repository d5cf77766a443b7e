"""The hook: for each batch of a validation and a test, never twice, never left behind."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import HOOKS, DefaultScope
from mmengine.runner import Runner
from mmengine.structures import InstanceData

from mmnuc.engine import PostProcessHook
from mmnuc.errors import UserError
from mmnuc.structures import CropMasks

HALF = [dict(type='mmnuc.ScoreThreshold', thresholds=dict(nucleus=0.5))]
IMAGES = 3


class Images(torch.utils.data.Dataset):
    """Three images of a data set that names its class."""

    metainfo: ClassVar = dict(classes='nucleus')

    def __len__(self) -> int:
        return IMAGES

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.tensor(index)


class Network(BaseModel):
    """Finds four nuclei in every image, sure of two, and may fail at one image."""

    broken: object = None

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, **_):
        if self.broken is not None and inputs[0] == 1:
            raise self.broken
        sample = DetDataSample()
        masks = CropMasks.from_bitmaps(np.ones((4, 2, 2), np.uint8))
        scores = torch.tensor([0.2, 0.4, 0.6, 0.8])
        sample.pred_instances = InstanceData(scores=scores, labels=torch.zeros(4), masks=masks)
        return [sample]


def collate(batch: list) -> dict:
    return dict(inputs=torch.stack(batch))


class Counting(BaseMetric):
    """Counts what an evaluator gets to see."""

    def process(self, data_batch, data_samples) -> None:  # noqa: ARG002
        self.results += [len(sample['pred_instances']['scores']) for sample in data_samples]

    def compute_metrics(self, results: list) -> dict:
        return dict(found=sum(results))


class Peeking(Hook):
    """Looks whether the model is as it was, at the moments between batches."""

    def __init__(self) -> None:
        self.clean: list[bool] = []

    def look(self, runner: Runner, *_: object, **__: object) -> None:
        self.clean.append(not {'val_step', 'test_step'} & set(vars(runner.model)))

    before_val = before_test = after_val_iter = after_test_iter = after_val = after_test = look


@pytest.fixture
def runner(tmp_path) -> Runner:
    loader = dict(
        dataset=Images(), batch_size=1, sampler=dict(type='DefaultSampler'), collate_fn=collate
    )
    with DefaultScope.overwrite_default_scope('mmengine'):
        return Runner(
            model=Network(),
            work_dir=str(tmp_path),
            val_dataloader=loader,
            val_cfg=dict(),
            val_evaluator=[Counting()],
            test_dataloader=loader,
            test_cfg=dict(),
            test_evaluator=[Counting()],
            custom_hooks=[dict(type='mmnuc.PostProcessHook', chain=HALF), Peeking()],
            experiment_name=tmp_path.name,
            log_level='ERROR',
        )


def is_clean(runner: Runner) -> bool:
    peeking = next(hook for hook in runner.hooks if isinstance(hook, Peeking))
    peeking.look(runner)
    return bool(peeking.clean) and all(peeking.clean)


def test_the_evaluator_sees_what_the_chain_leaves(runner: Runner) -> None:
    for run in (runner.val, runner.test, runner.test, runner.val):
        assert run()['found'] == 2 * IMAGES
    assert is_clean(runner)


@pytest.mark.parametrize('error', [RuntimeError('broken'), KeyboardInterrupt()], ids=repr)
def test_an_interrupted_run_leaves_nothing_behind(runner: Runner, error: BaseException) -> None:
    runner.model.broken = error
    with pytest.raises(type(error)):
        runner.test()
    assert is_clean(runner)
    runner.model.broken = None
    assert len(runner.model.test_step(dict(inputs=torch.zeros(1)))[0].pred_instances) == 4
    runner.val_evaluator.metrics[0].results.clear()
    assert runner.val()['found'] == 2 * IMAGES


def test_a_batch_that_the_model_is_not_asked_for() -> None:
    hook, model = PostProcessHook(chain=HALF), Network()
    loader = SimpleNamespace(dataset=Images())
    asked = SimpleNamespace(model=model, val_dataloader=loader, test_dataloader=loader)
    hook.before_val_iter(asked)
    assert 'val_step' in vars(model)
    hook.before_test_iter(asked)
    hook.after_test_iter(asked)
    assert 'val_step' not in vars(model)


def test_a_wrong_chain_is_found_before_anything_runs() -> None:
    with DefaultScope.overwrite_default_scope('mmdet'), pytest.raises(UserError, match='Sharpen'):
        HOOKS.build(dict(type='mmnuc.PostProcessHook', chain=[dict(type='mmnuc.Sharpen')]))
