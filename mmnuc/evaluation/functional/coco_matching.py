"""COCO's matching kept image by image, so that its averages can be resampled.

The protocol is that of pycocotools' ``COCOeval``. Only pairs whose boxes meet are compared, so an
image may hold a hundred thousand instances. A cap on detections keeps the most confident ones, and
they are matched first: one matching serves every cap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.evaluation.functional import coco_kernels
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.ops.arrays import F64Array, I64Array
from mmnuc.ops.codecs.rle import rles_to_crops
from mmnuc.ops.overlap.boxes import box_overlaps
from mmnuc.ops.overlap.masks import overlaps

IOU_THRESHOLDS: F64Array = np.linspace(0.5, 0.95, 10, dtype=np.float64)
RECALL_POINTS: F64Array = np.linspace(0.0, 1.0, 101, dtype=np.float64)
SIZES = ('all', 'small', 'medium', 'large')
AREA_RANGES = ((0.0, 1e10), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10))
ABSENT = -1.0  # COCO's value where there is nothing to score


@dataclass(frozen=True)
class CocoMatches:
    """What became of every prediction, the most confident first.

    Attributes:
        images: Ids of the I images in rising order.
        image: Image of each prediction as its place in ``images``, shape (M,).
        label: Class of each prediction, shape (M,).
        rank: Place of each prediction among those of its image and class, shape (M,).
        outcome: Wrong (0), right (1) or ignored (2), shape (4 sizes, 10 IoU thresholds, M).
        counts: True instances that count, shape (4 sizes, I, classes).
    """

    images: NDArray[np.int64]
    image: NDArray[np.int64]
    label: NDArray[np.int64]
    rank: NDArray[np.int64]
    outcome: NDArray[np.uint8]
    counts: NDArray[np.int64]

    def precision(
        self, *, cap: int | None = None, size: int = 0, weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Read the precision at COCO's recalls.

        Args:
            cap: Detections of each class in each image that count; ``None`` for all.
            size: Index of the size in COCO's order: all, small, medium, large.
            weights: How often each image counts, shape (I,); once each if not given.

        Returns:
            Shape (10 IoU thresholds, 101 recalls, classes), -1 for a class without true instances.
        """
        counted = np.ones(len(self.images)) if weights is None else np.asarray(weights, np.float64)
        totals = counted @ self.counts[size]
        out = np.full((len(IOU_THRESHOLDS), len(RECALL_POINTS), len(totals)), ABSENT)
        for label in np.flatnonzero(totals).tolist():
            own = self.label == label
            if cap is not None:
                own &= self.rank < cap
            weight = counted[self.image[own]]
            row = np.empty(len(RECALL_POINTS))
            for t, outcome in enumerate(self.outcome[size]):
                coco_kernels.precision_at_recalls(
                    np.ascontiguousarray(outcome[own]), weight, totals[label], RECALL_POINTS, row
                )
                out[t, :, label] = row
        return out


def match_instances(
    gt: GroundTruth, pred: Predictions, *, kind: str = 'segm', num_classes: int = 1
) -> CocoMatches:
    """Match the predictions of every image and class with the true instances.

    Args:
        gt: True instances.
        pred: Predicted instances.
        kind: ``'segm'`` compares masks, ``'bbox'`` boxes.
        num_classes: Number of classes; labels are below it.

    Returns:
        The outcome of every prediction.

    Raises:
        ValueError: An unknown kind, or a label outside the classes.

    Example:
        >>> box = np.array([[2.0, 2.0, 4.0, 4.0]])
        >>> one = np.array([1])
        >>> gt = GroundTruth(one, one * 0, [], box, np.array([16.0]), np.array([False]))
        >>> pred = Predictions(one, one * 0, [], box, np.array([0.9]))
        >>> matches = match_instances(gt, pred, kind='bbox')
        >>> matches.outcome[0, :, 0].tolist(), float(matches.precision().mean().round(9))
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 1.0)
    """
    _check(gt, pred, kind, num_classes)
    images = np.unique(np.concatenate([gt.images, pred.images])).astype(np.int64)
    image = np.searchsorted(images, pred.images)
    # The order in which COCO concatenates: by image, in it by score, equals as they came.
    order = np.lexsort((-pred.scores, pred.labels, image))
    rank = np.empty(len(order), np.int64)
    outcome = np.zeros((len(AREA_RANGES), len(IOU_THRESHOLDS), len(order)), np.uint8)
    for own_gt, own_pred in _by_image_and_class(gt, pred, order):
        rank[own_pred] = np.arange(len(own_pred))
        if len(own_pred):
            outcome[:, :, own_pred] = _match(gt, pred, own_gt, own_pred, kind)
    by_score = order[np.argsort(-pred.scores[order], kind='stable')]
    return CocoMatches(
        images,
        image[by_score],
        pred.labels[by_score].astype(np.int64),
        rank[by_score],
        np.ascontiguousarray(outcome[:, :, by_score]),
        _counts(gt, images, num_classes),
    )


def _by_image_and_class(
    gt: GroundTruth, pred: Predictions, order: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The true instances and the predictions, by score, of each image and class."""
    gt_order = np.lexsort((gt.labels, gt.images))
    sides = [(gt.images, gt.labels, gt_order), (pred.images, pred.labels, order)]
    keys = [np.stack([images[o], labels[o]], axis=1) for images, labels, o in sides]
    everything, place = np.unique(np.concatenate(keys), axis=0, return_inverse=True)
    place = place.reshape(-1)
    bounds = np.arange(1, len(everything))
    gts = np.split(gt_order, np.searchsorted(place[: len(gt_order)], bounds))
    preds = np.split(order, np.searchsorted(place[len(gt_order) :], bounds))
    return zip(gts, preds, strict=True)


def _match(
    gt: GroundTruth,
    pred: Predictions,
    own_gt: NDArray[np.int64],
    own_pred: NDArray[np.int64],
    kind: str,
) -> NDArray[np.uint8]:
    """Outcomes of one image and class, shape (4 sizes, 10 thresholds, M)."""
    crowd = gt.crowd[own_gt]
    rows, cols, shared, gt_areas, areas = _pairs(gt, pred, own_gt, own_pred, kind)
    # Of a crowd as much counts as the prediction covers.
    ious = shared / np.where(crowd[rows], areas[cols], areas[cols] + gt_areas[rows] - shared)
    starts = np.searchsorted(cols, np.arange(len(own_pred) + 1))
    out = np.empty((len(AREA_RANGES), len(IOU_THRESHOLDS), len(own_pred)), np.uint8)
    for size, (low, high) in enumerate(AREA_RANGES):
        outside = crowd | (gt.areas[own_gt] < low) | (gt.areas[own_gt] > high)
        unmatched = (areas < low) | (areas > high)
        for t, threshold in enumerate(IOU_THRESHOLDS.tolist()):
            coco_kernels.match(
                *(starts, rows, ious),
                *(_bytes(crowd), _bytes(outside), _bytes(unmatched)),
                *(threshold, out[size, t]),
            )
    return out


def _bytes(flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return flags.view(np.uint8)


def _pairs(
    gt: GroundTruth,
    pred: Predictions,
    own_gt: NDArray[np.int64],
    own_pred: NDArray[np.int64],
    kind: str,
) -> tuple[I64Array, I64Array, F64Array, F64Array, F64Array]:
    """The pairs that meet, by prediction; what they share; the areas of both sides."""
    if kind == 'bbox':
        first, second = gt.boxes_xywh[own_gt], pred.boxes_xywh[own_pred]
        gt_areas, areas = (boxes[:, 2] * boxes[:, 3] for boxes in (first, second))
        return (*box_overlaps(first, second), gt_areas, areas)
    height, width = pred.rles[own_pred[0]]['size']
    masks = [
        rles_to_crops([side.rles[i] for i in own], height, width)
        for side, own in ((gt, own_gt), (pred, own_pred))
    ]
    table = overlaps(masks[0], masks[1])
    order = np.lexsort((table.rows, table.cols))
    return (
        table.rows[order],
        table.cols[order],
        table.intersections[order].astype(np.float64),
        table.row_areas.astype(np.float64),
        table.col_areas.astype(np.float64),
    )


def _counts(gt: GroundTruth, images: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    counts = np.zeros((len(AREA_RANGES), len(images), classes), np.int64)
    image = np.searchsorted(images, gt.images)
    for size, (low, high) in enumerate(AREA_RANGES):
        counted = ~gt.crowd & (gt.areas >= low) & (gt.areas <= high)
        np.add.at(counts[size], (image[counted], gt.labels[counted]), 1)
    return counts


def _check(gt: GroundTruth, pred: Predictions, kind: str, num_classes: int) -> None:
    if kind not in ('segm', 'bbox'):
        raise ValueError(f"kind is {kind!r}; it is 'segm' or 'bbox'")
    for side in (gt, pred):
        outside = (side.labels < 0) | (side.labels >= num_classes)
        if outside.any():
            raise ValueError(f'label {side.labels[outside][0]} with {num_classes} classes')
        if kind == 'segm' and len(side.rles) != len(side.images):
            raise ValueError(f'{len(side.rles)} masks for {len(side.images)} instances')
