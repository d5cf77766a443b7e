"""Frozen parts of a network stay as they are while the rest learns."""

from copy import deepcopy

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmnuc.engine.freezing import freeze
from mmnuc.engine.runner import NucleiRunner
from mmnuc.errors import UserError


class Network(BaseModel):
    """A body with batch statistics, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.9))
        self.head = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Give a number for each pair."""
        return self.head(self.body(inputs))


def learn(network: nn.Module) -> None:
    """Go some steps of a training."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    network.train()
    for _ in range(3):
        optimizer.zero_grad()
        network(torch.randn(8, 2) + 5).square().mean().backward()
        optimizer.step()


def changed(network: nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    """Name the parts that differ from what they were."""
    after = network.state_dict()
    return {name.split('.')[0] for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize(('parts', 'rest'), [(['body'], 'head'), (['head'], 'body')])
def test_only_the_rest_learns(parts: list[str], rest: str) -> None:
    network = Network()
    freeze(network, parts)
    for copy in (network, deepcopy(network)):  # as averaged weights are
        before = deepcopy(copy.state_dict())
        learn(copy)
        assert changed(copy, before) == {rest}
        assert copy.training
        assert not any(module.training for module in getattr(copy, parts[0]).modules())


def test_a_part_of_a_part() -> None:
    network = Network()
    freeze(network, ['body.0', 'head'])
    before = deepcopy(network.state_dict())
    learn(network)
    after = network.state_dict()
    assert torch.equal(before['body.0.weight'], after['body.0.weight'])
    assert not torch.equal(before['body.1.running_mean'], after['body.1.running_mean'])


@pytest.mark.parametrize(
    ('parts', 'message'),
    [
        (['bone'], "cannot freeze 'bone'.*it has data_preprocessor, body, head"),
        ([''], 'cannot freeze'),
        (['body', 'head'], 'nothing is left to train with body, head frozen'),
    ],
)
def test_what_makes_no_sense(parts: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        freeze(Network(), parts)


def test_a_runner_freezes_before_it_distributes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, 'wrap_model', lambda _self, _cfg, model: learning(model))
    runner = NucleiRunner.__new__(NucleiRunner)
    runner.cfg = Config(dict(frozen=['body']))
    assert runner.wrap_model(None, Network()) == {'head'}


def learning(network: nn.Module) -> set[str]:
    """Name the parts that learn."""
    return {name.split('.')[0] for name, value in network.named_parameters() if value.requires_grad}
