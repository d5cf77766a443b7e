"""Training with half the bits on a CPU, as mmengine's own wrapper does on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch.nn import Module

from mmnuc.registry import OPTIM_WRAPPERS


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
