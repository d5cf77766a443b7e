"""What computes here: versions, operators and the device."""

from __future__ import annotations

import importlib
import platform
from importlib import metadata

# By the name that one imports; the distributions are those of the maintained continuation.
PACKAGES = {
    'torch': 'torch',
    'torchvision': 'torchvision',
    'mmdet': 'onedl-mmdetection',
    'mmengine': 'onedl-mmengine',
    'mmcv': 'onedl-mmcv',
}


def version_text() -> str:
    """Name mmnuc, Python, the packages, mmcv's operators and the device, a line each.

    A package that is missing or does not load is named as such: this is what one looks at first
    when something does not work.
    """
    own = importlib.import_module('mmnuc').__version__
    found = {'mmnuc': own, 'python': platform.python_version()}
    found |= {name: _version(name, package) for name, package in PACKAGES.items()}
    found['mmcv'] += f', operators: {_operators()}'
    found['device'] = _device()
    return '\n'.join(f'{name:12}{value}' for name, value in found.items())


def _version(name: str, package: str) -> str:
    for distribution in (package, name):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return 'not installed'


def _operators() -> str:
    from mmnuc.mmcv_ext import NAME, ORIGIN

    try:
        module = importlib.import_module(NAME)
    except Exception as error:  # a broken library fails in many ways
        return f'do not load ({type(error).__name__}: {error})'
    own = module.__spec__ is not None and module.__spec__.origin == ORIGIN
    return "mmnuc's own, on torchvision" if own else f'compiled, {module.__file__}'


def _device() -> str:
    try:
        import torch
    except Exception as error:
        return f'unknown: torch does not load ({type(error).__name__}: {error})'
    if torch.cuda.is_available():
        return f'cuda, {torch.cuda.get_device_name()}'
    return f'cpu, {torch.get_num_threads()} threads'
