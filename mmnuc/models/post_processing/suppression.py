"""Steps that look at masks that overlap: suppression, one owner a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.models.post_processing.instances import (
    array_of,
    crops_of,
    select,
    with_masks,
    with_scores,
)
from mmnuc.ops.overlap.nms import MEASURES, nms, soft_nms
from mmnuc.ops.overlap.resolve import resolve_overlaps
from mmnuc.registry import POST_PROCESSING


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class MaskNMS:
    """Drop masks that overlap a more confident one that stays.

    See :func:`mmnuc.ops.overlap.nms.nms`.

    Args:
        iou_threshold: More overlap than this drops a mask.
        by: ``'iou'``, or ``'smaller'`` for the overlap as a part of the smaller mask.
        across_classes: Whether masks of different classes compete. A nucleus has one class.

    Raises:
        UserError: There is no such measure, or the threshold is not between 0 and 1.
    """

    iou_threshold: float = 0.5
    by: str = 'iou'
    across_classes: bool = True

    def __post_init__(self) -> None:
        _check_fraction('MaskNMS', self.iou_threshold)
        if self.by not in MEASURES:
            raise UserError(f'MaskNMS goes by {" or ".join(MEASURES)}, not by {self.by!r}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Drop what is found twice."""
        labels = None if self.across_classes else array_of(instances, 'labels')
        crops, scores = crops_of(instances), array_of(instances, 'scores')
        return select(instances, nms(crops, scores, self.iou_threshold, by=self.by, labels=labels))


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class SoftMaskNMS:
    """Lower the score of masks that overlap more confident ones; drop what falls below a score.

    See :func:`mmnuc.ops.overlap.nms.soft_nms`. The order of the instances stays.

    Args:
        method: ``'linear'`` or ``'gaussian'``.
        iou_threshold: IoU above which the linear method lowers a score.
        sigma: Width of the gaussian method.
        min_score: Lowest score that stays.
        across_classes: Whether masks of different classes compete.

    Raises:
        UserError: There is no such method, or a number is out of its range.
    """

    method: str = 'linear'
    iou_threshold: float = 0.3
    sigma: float = 0.5
    min_score: float = 0.001
    across_classes: bool = True

    def __post_init__(self) -> None:
        _check_fraction('SoftMaskNMS', self.iou_threshold)
        if self.method not in ('linear', 'gaussian'):
            raise UserError(f"SoftMaskNMS is 'linear' or 'gaussian', not {self.method!r}")
        if not self.sigma > 0:
            raise UserError(f'SoftMaskNMS takes a sigma above 0, not {self.sigma}')

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Lower scores."""
        labels = None if self.across_classes else array_of(instances, 'labels')
        scores = soft_nms(
            crops_of(instances),
            array_of(instances, 'scores'),
            method=self.method,
            threshold=self.iou_threshold,
            sigma=self.sigma,
            labels=labels,
        )
        lowered = with_scores(instances, scores)
        return select(lowered, scores >= self.min_score)


@POST_PROCESSING.register_module()
@dataclass(frozen=True)
class ResolveOverlaps:
    """Give each pixel to the most confident mask that covers it.

    A mask that others cut into parts may be followed by ``LargestPart`` or ``DropSpecks``.
    """

    def __call__(self, instances: InstanceData) -> InstanceData:
        """Take pixels that are covered twice from the less confident mask."""
        crops, scores = crops_of(instances), array_of(instances, 'scores')
        return with_masks(instances, resolve_overlaps(crops, scores))


def _check_fraction(step: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise UserError(f'{step} takes an iou_threshold from 0 to 1, not {value}')
