"""Calling torchvision's operators where the tensors are, or on the CPU."""

import pytest
import torch
from torch import Tensor

from mmnuc.mmcv_operators.torchvision_binary import call


class Elsewhere(Tensor):
    """A tensor that says it lies on a device without operators."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device('meta')

    def cpu(self) -> Tensor:
        return self.as_subclass(Tensor)


def cpu_only(*args: object) -> Tensor | tuple[Tensor, ...]:
    if any(isinstance(arg, Elsewhere) for arg in args):
        raise NotImplementedError('no kernel for this device')
    return args[0] + args[1], args[0]


def test_falls_back_to_the_cpu_and_returns_to_the_device() -> None:
    tensor = torch.ones(2).as_subclass(Elsewhere)
    results = call(cpu_only, tensor, 1)
    assert [result.device.type for result in results] == ['meta', 'meta']


def test_on_the_cpu_there_is_nothing_to_fall_back_to() -> None:
    def lacking(_tensor: Tensor) -> Tensor:
        raise NotImplementedError('no kernel at all')

    with pytest.raises(NotImplementedError, match='no kernel at all'):
        call(lacking, torch.ones(2))


def test_bfloat16_is_computed_in_float32() -> None:
    assert call(torch.add, torch.ones(1, dtype=torch.bfloat16), 1).dtype == torch.float32
