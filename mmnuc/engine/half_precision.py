"""Training with half the bits on a CPU, as mmengine's own wrapper does on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch.nn import Module

from mmnuc.registry import OPTIM_WRAPPERS

# The instructions that make it faster than 32 bits; without them it is slower.
_INSTRUCTIONS = ('avx512_bf16', 'amx_bf16', 'bf16', 'arm_bf16')


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Computes convolutions and products in bfloat16 on a CPU; weights and sums stay as they are.

    bfloat16 has the range of 32 bits, so losses need no scaling, as 16 bits on a GPU do.
    """

    @contextmanager
    def optim_context(self, model: Module) -> Iterator[None]:
        """Compute an iteration in bfloat16."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


def cpu_computes_in_bfloat16() -> bool:
    """Whether this processor has instructions for it."""
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in _INSTRUCTIONS)
