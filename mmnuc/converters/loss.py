"""How many annotations a conversion loses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mmnuc.converters.record import LOSING, Listing
from mmnuc.converters.work import ConvertedImage


@dataclass(frozen=True)
class Loss:
    """What a conversion loses.

    Attributes:
        lost: Annotations that are left out.
        total: All annotations.

    Example:
        >>> str(Loss(1, 40)), Loss(0, 0).share
        ('1 of 40 annotations (3 %)', 0.0)
    """

    lost: int
    total: int

    @property
    def share(self) -> float:
        """The fraction that is lost."""
        return self.lost / self.total if self.total else 0.0

    def __str__(self) -> str:
        share = math.ceil(100 * self.share)
        return f'{self.lost:,} of {self.total:,} annotations ({share} %)'


def loss_of(listing: Listing, converted: Sequence[ConvertedImage]) -> Loss:
    """Count what is lost: single masks, and all that an image that can't be used would have had.

    Args:
        listing: What the format found.
        converted: What became of its images.
    """
    lost = sum(fault.kind in LOSING for fault in listing.faults)
    kept = 0
    for image in converted:
        kept += len(image.annotations)
        own = sum(fault.kind in LOSING for fault in image.faults)
        annotation = listing.records[image.index].annotation
        if not image.height and annotation is not None:
            own = max(own, int(getattr(annotation, 'count', len(annotation))))
        lost += own
    return Loss(lost, kept + lost)
