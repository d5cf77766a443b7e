"""mmcv's operators: compiled or torchvision's, and whether they compute."""

import importlib
from collections.abc import Iterator
from importlib.machinery import PathFinder
from typing import Any

from mmnuc.doctor.check_result import SET_UP, CheckResult
from mmnuc.mmcv_ext import NAME, ORIGIN

PLAIN_MMCV = (
    'install mmcv without compiled ones (torchvision stands in): '
    'pip install --force-reinstall --no-deps --no-cache-dir onedl-mmcv==2.3.6'
)


def operators() -> Iterator[CheckResult]:
    """Which operators are in use, and do they compute right on every device?"""
    import mmcv

    compiled = PathFinder.find_spec(NAME, list(mmcv.__path__))
    try:
        module = importlib.import_module(NAME)
    except (ImportError, OSError) as error:
        if compiled is None:
            raise
        # Typically an undefined symbol; mmdet swallows it and lacks its operators later.
        words = f'compiled for another torch, does not load: {compiled.origin} ({error})'
        yield CheckResult('operators', False, words, PLAIN_MMCV)
        return
    in_use = 'of torchvision' if _origin(module) == ORIGIN else f'compiled, {_origin(module)}'
    remedy = SET_UP if compiled is None else PLAIN_MMCV
    for device in _devices():
        try:
            wrong = wrong_operators(device)
        except (RuntimeError, NotImplementedError) as error:
            wrong = [str(error).splitlines()[0]]
        verdict = f'wrong on {device}: {", ".join(wrong)}' if wrong else f'right on {device}'
        yield CheckResult('operators', not wrong, f'{in_use}, {verdict}', remedy)


def wrong_operators(device: str) -> list[str]:
    """Names of the operators whose result differs from what is known by hand.

    Args:
        device: Name of a torch device.
    """
    import torch
    from mmcv.ops import deform_conv2d, nms, roi_align

    boxes = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10]], device=device).float()
    scores = torch.tensor([0.5, 0.9, 0.7], device=device)
    kept = nms(boxes, scores, 0.5)[1].tolist()

    # A region of a ramp has the ramp's values at the centres of its bins.
    ramp = torch.arange(8.0, device=device).expand(1, 1, 8, 8).clone().requires_grad_()
    region = torch.tensor([[0.0, 1, 1, 5, 5]], device=device)
    aligned = roi_align(ramp, region, 2, 1.0, 2, 'avg', True)
    (gradient,) = torch.autograd.grad(aligned.sum(), ramp)

    image = torch.arange(25.0, device=device).view(1, 1, 5, 5)
    weight = torch.arange(9.0, device=device).view(1, 1, 3, 3)
    offset = torch.zeros(1, 18, 3, 3, device=device)
    convolved = deform_conv2d(image, offset, weight)
    right = {
        'nms': kept == [1, 2],
        'roi_align': _close(aligned, [[[[1.5, 3.5], [1.5, 3.5]]]]),
        'roi_align backward': _close(gradient.sum(), 4.0),
        'deform_conv': _close(convolved, torch.conv2d(image, weight)),
    }
    return [name for name, is_right in right.items() if not is_right]


def _close(value: Any, expected: Any) -> bool:
    import torch

    expected = torch.as_tensor(expected, device=value.device)
    return value.shape == expected.shape and bool(torch.allclose(value, expected, atol=1e-4))


def _devices() -> Iterator[str]:
    import torch

    yield 'cpu'
    if torch.cuda.is_available():
        yield 'cuda'
    if torch.backends.mps.is_available():
        yield 'mps'


def _origin(module: Any) -> str:
    return str(module.__spec__.origin)
