"""COCO's average precision for masks and boxes, at any number of detections an image.

[Lin et al. 2014](https://arxiv.org/abs/1405.0312), "Microsoft COCO: Common Objects in Context",
ECCV; the values are those of [pycocotools](https://github.com/ppwwyyxx/cocoapi). COCO's own tools
stop at 100 detections an image, fewer than a tissue tile has nuclei. The protocol itself has no
such limit; here the caps are an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.evaluation.functional.coco_matching import (
    ABSENT,
    IOU_THRESHOLDS,
    SIZES,
    CocoMatches,
    match_instances,
)


class CocoSummary(NamedTuple):
    """The six numbers of COCO's table; -1 where the ground truth has no such instance."""

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float


@dataclass(frozen=True)
class CocoScores:
    """Precision of one kind of overlap (masks or boxes), before averaging.

    Attributes:
        precision: Shape (10 IoU thresholds, 101 recall points, classes, 4 sizes, caps), -1 where
            the ground truth has no instance of that class and size.
        caps: The caps of the last axis; ``None`` is no cap.
    """

    precision: NDArray[np.float64]
    caps: tuple[int | None, ...]

    def average(
        self,
        *,
        cap: int | None = None,
        iou: float | None = None,
        size: str = 'all',
        label: int | None = None,
    ) -> float:
        """Mean precision over recall, and over all that is not fixed by an argument.

        Classes and sizes without a true instance are left out of the mean; -1 when none is left.
        """
        part = self.precision[..., SIZES.index(size), self.caps.index(cap)]
        if iou is not None:
            part = part[np.isclose(IOU_THRESHOLDS, iou)]
        if label is not None:
            part = part[:, :, label]
        part = part[part > ABSENT]
        return float(part.mean()) if part.size else ABSENT

    def summary(self, *, cap: int | None = None, label: int | None = None) -> CocoSummary:
        """COCO's six numbers at one cap, for all classes or one."""
        return CocoSummary(
            ap=self.average(cap=cap, label=label),
            ap50=self.average(cap=cap, label=label, iou=0.5),
            ap75=self.average(cap=cap, label=label, iou=0.75),
            ap_small=self.average(cap=cap, label=label, size='small'),
            ap_medium=self.average(cap=cap, label=label, size='medium'),
            ap_large=self.average(cap=cap, label=label, size='large'),
        )


def coco_average_precision(
    gt: GroundTruth,
    pred: Predictions,
    *,
    kind: str = 'segm',
    num_classes: int = 1,
    caps: Sequence[int | None] = (100, None),
) -> CocoScores:
    r"""Score predictions by COCO's protocol.

    $$
    \mathrm{AP} = \frac{1}{10} \sum_{t \in \{0.5, \dots, 0.95\}}
    \frac{1}{101} \sum_{r \in \{0, 0.01, \dots, 1\}} \max_{r' \ge r} \mathrm{precision}_t(r')
    $$

    mean over classes, with the precision at IoU threshold $t$ at which the most confident
    predictions reach recall $r'$, and 0 for recalls that they never reach.

    A cap keeps the most confident predictions of each class in each image, as COCO's
    ``maxDets`` does. Empty cases are COCO's: true instances without any prediction score 0;
    without a true instance there is nothing to score, whatever was predicted, and the value
    is -1; an image without true instances lowers the score only by what was invented on it.

    Args:
        gt: True instances.
        pred: Predicted instances, their boxes in the image's pixels.
        kind: ``'segm'`` compares masks, ``'bbox'`` boxes.
        num_classes: Number of classes; labels are below it.
        caps: Detections kept for each class in each image; ``None`` keeps all.

    Returns:
        The precision at every threshold, from which every COCO number is read.

    Raises:
        ValueError: An unknown kind, a cap below 1, or a label outside the classes.

    Example:
        A tile with one nucleus, found, and a second prediction beside it:

        >>> box = np.array([[2.0, 2.0, 4.0, 4.0]])
        >>> gt = GroundTruth(np.array([1]), np.array([0]), [], box, np.array([16.0]),
        ...                  np.array([False]))
        >>> pred = Predictions(np.array([1, 1]), np.array([0, 0]), [],
        ...                    np.concatenate([box + [10, 0, 0, 0], box]), np.array([0.9, 0.8]))
        >>> scores = coco_average_precision(gt, pred, kind='bbox', caps=(1, None))
        >>> scores.average(cap=None), scores.average(cap=1)
        (0.5, 0.0)
        >>> scores.average(size='large')
        -1.0
    """
    return coco_scores(match_instances(gt, pred, kind=kind, num_classes=num_classes), caps)


def coco_scores(
    matches: CocoMatches,
    caps: Sequence[int | None],
    weights: NDArray[np.float64] | None = None,
) -> CocoScores:
    """Average what was matched.

    Args:
        matches: The outcome of every prediction.
        caps: Detections kept for each class in each image; ``None`` keeps all.
        weights: How often each image counts, in the order of ``matches.images``, shape (I,).

    Returns:
        The precision at every threshold.

    Raises:
        ValueError: There is no cap, or one below 1.
    """
    if not caps or any(cap is not None and cap < 1 for cap in caps):
        raise ValueError(f'caps are {tuple(caps)}; each is None or at least 1')
    precision = [
        [matches.precision(cap=cap, size=size, weights=weights) for cap in caps]
        for size in range(len(SIZES))
    ]
    # From (sizes, caps, thresholds, recalls, classes) to COCO's order.
    return CocoScores(np.transpose(precision, (2, 3, 4, 0, 1)), tuple(caps))
