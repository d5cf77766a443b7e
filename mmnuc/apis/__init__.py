"""Whole jobs as functions.

``load`` and ``segment`` come in when they are first asked for: scores and reports need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmnuc.apis.models import Model, load
    from mmnuc.apis.segmentation import segment

__all__ = ['Model', 'load', 'segment']

_HOMES = {
    'Model': 'mmnuc.apis.models',
    'load': 'mmnuc.apis.models',
    'segment': 'mmnuc.apis.segmentation',
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(_HOMES[name]), name)
