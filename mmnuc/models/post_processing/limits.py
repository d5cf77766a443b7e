"""Steps that drop what is too small, too large or cut by the border of the image."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.models.post_processing.instances import crops_of, select
from mmnuc.ops.morphology.selection import sizes, touches_border
from mmnuc.registry import POST_PROCESSING


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class DropBorder:
    """Drop what touches the border of the image, as counting and measuring often ask for.

    Args:
        margin: Pixels from the border that still count as touching it.
    """

    margin: int = 0

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop cut instances."""
        return select(instances, ~touches_border(crops_of(instances), self.margin))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class SizeLimits:
    """Drop what is too small or too large; a size at a limit stays.

    Args:
        low: Smallest size that stays.
        high: Largest size that stays.
        by: ``'area'``, or ``'diameter'`` for that of a circle of the same area.
        unit: ``'px'`` for pixels, or ``'um'`` for square micrometres and micrometres.
        pixel_size: Micrometres a pixel, where the image does not tell.

    Raises:
        UserError: The limits make no sense, or the size of a pixel is wanted and not known.
    """

    low: float | None = None
    high: float | None = None
    by: str = 'area'
    unit: str = 'px'
    pixel_size: float | None = None

    def __post_init__(self) -> None:
        if self.by not in ('area', 'diameter') or self.unit not in ('px', 'um'):
            raise UserError(
                "SizeLimits goes by 'area' or 'diameter' in 'px' or 'um', "
                f'not by {self.by!r} in {self.unit!r}'
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise UserError(f'SizeLimits from {self.low} to {self.high} let nothing pass')
        if self.pixel_size is not None and not 0 < self.pixel_size < float('inf'):
            raise UserError(f'a pixel has a size above 0 micrometres, not {self.pixel_size}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop what is out of the limits."""
        measured = sizes(crops_of(instances), self.by, self._scale(instances))
        low = -float('inf') if self.low is None else self.low
        high = float('inf') if self.high is None else self.high
        return select(instances, (measured >= low) & (measured <= high))

    def _scale(self, instances: InstanceData) -> float:
        if self.unit == 'px':
            return 1.0
        # The image knows better than the config, which was written for many.
        size = PixelSize.of(instances.metainfo.get('pixel_size') or self.pixel_size)
        if size is None:
            raise UserError(
                'SizeLimits in micrometres: the size of a pixel is not known; '
                "write pixel_size=... or unit='px'"
            )
        # The side of a square as large as a pixel.
        return sqrt(size.x * size.y)
