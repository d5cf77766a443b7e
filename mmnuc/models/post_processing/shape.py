"""Steps that make each mask neater for itself: holes, specks, outline, necks."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.models.post_processing.instances import crops_of, select, with_masks
from mmnuc.ops.morphology.refine import SMOOTHERS, drop_specks, fill_holes, largest_part, smooth
from mmnuc.ops.morphology.split import split_touching
from mmnuc.registry import POST_PROCESSING


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class FillHoles:
    """Fill what a mask encloses.

    Args:
        max_area: Most pixels of a hole that is filled; without it all are.
    """

    max_area: float | None = None

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Fill holes."""
        return with_masks(instances, fill_holes(crops_of(instances), self.max_area))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class DropSpecks:
    """Take small parts off each mask; a mask of small parts alone is dropped.

    Args:
        min_area: Fewest pixels of a part that stays.
    """

    min_area: float

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop specks."""
        return with_masks(instances, drop_specks(crops_of(instances), self.min_area))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class LargestPart:
    """Keep the largest connected part of each mask."""

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop the smaller parts."""
        return with_masks(instances, largest_part(crops_of(instances)))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class Smooth:
    """Smooth outlines; see :func:`mmnuc.ops.morphology.refine.smooth`.

    Args:
        radius: Radius of the disc, or standard deviation of the gaussian, in pixels.
        method: ``'majority'``, ``'opening'`` or ``'gaussian'``.

    Raises:
        UserError: There is no such method, or the radius is not above 0.
    """

    radius: float = 1.0
    method: str = 'majority'

    def __post_init__(self) -> None:
        if self.method not in SMOOTHERS:
            raise UserError(f'Smooth knows {", ".join(SMOOTHERS)}, not {self.method!r}')
        if not 0 < self.radius < float('inf'):
            raise UserError(f'Smooth takes a radius above 0 pixels, not {self.radius}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Smooth outlines."""
        return with_masks(instances, smooth(crops_of(instances), self.radius, self.method))


@POST_PROCESSING.register_module(name=['SplitTouching', 'SplitAtNeck'])
@dataclass(frozen=True)
class SplitTouching:
    """Cut masks of two nuclei apart; see :func:`mmnuc.ops.morphology.split.split_touching`.

    Each lobe has the score and the class of the whole.

    Args:
        neck: Widest neck that is cut, as a part of the width of the narrower lobe.
        min_area: Fewest pixels of a lobe.

    Raises:
        UserError: The neck is not between 0 and 1.
    """

    neck: float = 0.7
    min_area: float = 20

    def __post_init__(self) -> None:
        if not 0 <= self.neck <= 1:
            raise UserError(f'SplitTouching takes a neck from 0 to 1, not {self.neck}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Cut masks apart."""
        lobes, sources = split_touching(crops_of(instances), self.neck, self.min_area)
        return with_masks(select(instances, sources), lobes)
