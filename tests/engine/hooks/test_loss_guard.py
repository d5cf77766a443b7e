"""A loss that is no number stops the training, and what was learnt before is kept."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.model import BaseModel
from torch import Tensor
from torch.utils.data import Dataset

from mmnuc.engine.hooks import LossGuardHook, loss_guard
from mmnuc.engine.hooks.loss_guard import TrainingDivergedError
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError


class Numbers(Dataset):
    """Six values; each is what its image makes of the loss."""

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> dict:
        return dict(number=index, value=self.values[index])


def collate(samples: list[dict]) -> dict:
    paths = [SimpleNamespace(img_path=f'/data/{sample["number"]}.png') for sample in samples]
    return dict(value=torch.tensor([s['value'] for s in samples]), data_samples=paths)


class Model(BaseModel):
    """A weight whose loss is the weight times the value."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, value: Tensor, data_samples: list, mode: str) -> dict[str, Tensor]:  # noqa: ARG002
        return dict(loss=(self.weight * value).sum())


def runner(folder: Path, values: list[float], *, keep: int = 3) -> NucleiRunner:
    loader = dict(
        dataset=Numbers(values), sampler=dict(type=DefaultSampler, shuffle=False), batch_size=1,
        collate_fn=collate,
    )  # fmt: skip
    checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=2, max_keep_ckpts=keep, save_last=False
    )
    return NucleiRunner(
        model=Model(),
        work_dir=str(folder),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=False, max_iters=len(values)),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.25)),
        default_hooks=dict(checkpoint=checkpoint, logger=dict(type='LoggerHook', interval=1)),
        default_scope='mmengine',
        experiment_name=folder.name,
        cfg=Config(dict()),
    )


BAD = {'NaN': math.nan, 'infinite': math.inf}


@pytest.mark.parametrize('name', BAD)
def test_the_last_good_weights_are_kept(tmp_path: Path, name: str) -> None:
    training = runner(tmp_path, [1.0, 1.0, 1.0, BAD[name], 1.0])
    with pytest.raises(UserError, match=rf'loss is {BAD[name]} at iteration 4, on 3\.png') as stop:
        training.train()
    said = str(stop.value)
    assert 'learning rate 0.25, SGD, gradient clipping none, mixed precision off' in said
    assert f'the last checkpoint is {tmp_path / "iter_2.pth"}' in said
    assert '\n' not in said
    for file, weight in (('iter_2.pth', 0.5), ('before_nan.pth', 0.25)):
        saved = torch.load(tmp_path / file, weights_only=False)
        assert saved['state_dict']['weight'].item() == weight
    assert (tmp_path / 'last_checkpoint').read_text().endswith('iter_2.pth')


def test_at_the_first_iteration_there_is_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'iteration 1, on 0\.png.*no checkpoint was saved before'):
        runner(tmp_path, [math.nan]).train()
    assert list(tmp_path.glob('*.pth')) == []


@pytest.mark.parametrize('keep', [1, 3])
def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path, keep: int) -> None:
    training = runner(tmp_path, [1.0] * 4, keep=keep)
    model = training.model

    class Break(LossGuardHook):
        def after_train_iter(self, runner: NucleiRunner, **batch: object) -> None:
            if runner.iter == 3:
                model.weight.data.fill_(math.nan)
            super().after_train_iter(runner, **batch)

    training.hooks[:] = [hook for hook in training.hooks if not isinstance(hook, LossGuardHook)]
    training.register_hook(Break())
    with pytest.raises(TrainingDivergedError, match='the weights weight are no finite numbers'):
        training.train()
    assert [path.name for path in tmp_path.glob('*.pth')] == ['iter_2.pth']


def test_a_training_without_a_fault_is_left_alone(tmp_path: Path) -> None:
    training = runner(tmp_path, [1.0, 1.0])
    training.train()
    assert 'update_params' not in vars(training.optim_wrapper)
    assert sum(isinstance(hook, LossGuardHook) for hook in training.hooks) == 1


def test_all_processes_stop_together(tmp_path: Path, monkeypatch) -> None:
    training = runner(tmp_path, [1.0])
    monkeypatch.setattr(loss_guard, 'get_dist_info', lambda: (0, 2))
    monkeypatch.setattr(loss_guard, 'all_reduce', lambda flag, _: flag.fill_(1))
    monkeypatch.setattr(
        loss_guard, 'all_gather_object', lambda own: [own, (math.nan, ['other.png'])]
    )
    guard = next(hook for hook in training.hooks if isinstance(hook, LossGuardHook))
    sgd = dict(optimizer=dict(type='SGD', lr=0.25))
    training.optim_wrapper = training.build_optim_wrapper(sgd)
    with pytest.raises(TrainingDivergedError, match=r'nan at iteration 1, on other\.png'):
        guard.check(training, torch.tensor(1.0))
