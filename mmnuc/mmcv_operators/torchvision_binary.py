"""Calls torchvision's binary operators wherever the tensors are."""

from collections.abc import Callable
from typing import Any

import torch
import torchvision
from torch import Tensor

if not torchvision.extension._has_ops():
    # Not an ImportError: mmdet swallows those and goes on without operators.
    raise RuntimeError(
        f'torchvision {torchvision.__version__} has no binary operators for torch '
        f'{torch.__version__}; install the two together: '
        'pip install torch==2.12.1 torchvision==0.27.1'
    )


def call(operator: Callable[..., Any], *args: Any) -> Any:
    """Call a torchvision operator, on the CPU where the tensors' device lacks it.

    bfloat16 is computed in float32: torchvision has no kernels for it. The caller copies the
    result into a tensor of its own, which turns it back.
    """
    args = tuple(map(_computable, args))
    try:
        return operator(*args)
    except NotImplementedError:
        device = next(arg.device for arg in args if isinstance(arg, Tensor))
        if device.type == 'cpu':
            raise
        result = operator(*(arg.cpu() if isinstance(arg, Tensor) else arg for arg in args))
        if isinstance(result, Tensor):
            return result.to(device)
        return tuple(part.to(device) for part in result)


def _computable(arg: Any) -> Any:
    if isinstance(arg, Tensor) and arg.dtype == torch.bfloat16:
        return arg.float()
    return arg
