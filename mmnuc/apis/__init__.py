"""Whole jobs as functions; those that need torch come in when they are first asked for."""

from typing import TYPE_CHECKING

from mmnuc.lazy import lazy_names

if TYPE_CHECKING:
    from mmnuc.apis.models import Model, load
    from mmnuc.apis.segmentation import segment

__all__ = ['Model', 'load', 'segment']

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        'Model': 'mmnuc.apis.models',
        'load': 'mmnuc.apis.models',
        'segment': 'mmnuc.apis.segmentation',
    },
)
