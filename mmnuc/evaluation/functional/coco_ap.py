"""COCO's average precision for masks and boxes, at any number of detections an image.

COCO's own tools stop at 100 detections an image, fewer than a tissue tile has nuclei. The
protocol itself has no such limit; here the caps are an argument. The matching is done by
faster-coco-eval's C++ code, which gives pycocotools' values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from faster_coco_eval import COCO
from faster_coco_eval.core.faster_eval_api import COCOeval_faster
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

Rle = Mapping[str, Any]

IOU_THRESHOLDS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10, dtype=np.float64)
RECALL_POINTS: NDArray[np.float64] = np.linspace(0.0, 1.0, 101, dtype=np.float64)
SIZES = ('all', 'small', 'medium', 'large')
ABSENT = -1.0


@dataclass(frozen=True)
class GroundTruth:
    """The true instances of all images, one after the other.

    Attributes:
        images: Image id of each instance, shape (N,).
        labels: Class of each instance, counted from 0, shape (N,).
        rles: N masks as COCO's compressed RLE; empty when only boxes are scored.
        boxes_xywh: Left, top, width and height in pixels, shape (N, 4).
        areas: Area in pixels by which COCO calls an instance small or large, shape (N,).
        crowd: True where the mask covers a crowd, which COCO neither asks for nor counts as
            false; shape (N,).
    """

    images: NDArray[np.integer]
    labels: NDArray[np.integer]
    rles: Sequence[Rle]
    boxes_xywh: NDArray[np.floating]
    areas: NDArray[np.floating]
    crowd: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        _check_lengths(len(self.images), self.labels, self.boxes_xywh, self.areas, self.crowd)


@dataclass(frozen=True)
class Predictions:
    """The predicted instances of all images, one after the other.

    Attributes:
        images: Image id of each instance, shape (M,).
        labels: Class of each instance, counted from 0, shape (M,).
        rles: M masks as COCO's compressed RLE; empty when only boxes are scored.
        boxes_xywh: Left, top, width and height in pixels, shape (M, 4).
        scores: Confidence, shape (M,). Among equal scores the earlier instance comes first.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.integer]
    rles: Sequence[Rle]
    boxes_xywh: NDArray[np.floating]
    scores: NDArray[np.floating]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths and scores that are no numbers."""
        _check_lengths(len(self.images), self.labels, self.boxes_xywh, self.scores)
        if np.isnan(self.scores).any():
            raise ValueError(f'{int(np.isnan(self.scores).sum())} scores are not a number')


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
    """Score predictions by COCO's protocol.

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
    _check_arguments(gt, pred, kind, num_classes, caps)
    limits = [_limit(cap, pred) for cap in caps]
    if len(gt.images) == 0 or len(pred.images) == 0:
        precision = _precision_without_matches(gt, num_classes, len(caps))
        return CocoScores(precision, tuple(caps))
    evaluation = COCOeval_faster(
        _dataset(_truth_entries(gt), gt.rles, kind, num_classes),
        _dataset(_prediction_entries(pred, kind), pred.rles, kind, num_classes),
        kind,
        print_function=_silent,
    )
    # The library scores the images it finds in the ground truth; those with predictions alone
    # count as well.
    evaluation.params.imgIds = sorted({*gt.images.tolist(), *pred.images.tolist()})
    distinct = sorted(set(limits))
    evaluation.params.maxDets = distinct
    evaluation.evaluate()
    evaluation.accumulate()
    columns = [distinct.index(limit) for limit in limits]
    return CocoScores(np.asarray(evaluation.eval['precision'])[..., columns], tuple(caps))


def _limit(cap: int | None, pred: Predictions) -> int:
    """The cap as a number: without one, as many as the fullest image holds."""
    if cap is not None:
        return cap
    _, counts = np.unique(pred.images, return_counts=True)
    return max(1, int(counts.max(initial=0)))


_AREA_RANGES = ((0.0, 1e10), (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10))


def _precision_without_matches(gt: GroundTruth, num_classes: int, caps: int) -> NDArray[np.float64]:
    """What is left when one side is empty: 0 where a true instance was missed, else -1."""
    precision = np.full(
        (len(IOU_THRESHOLDS), len(RECALL_POINTS), num_classes, len(SIZES), caps), ABSENT
    )
    for size, (low, high) in enumerate(_AREA_RANGES):
        counted = ~gt.crowd & (gt.areas >= low) & (gt.areas <= high)
        precision[:, :, np.unique(gt.labels[counted]), size] = 0.0
    return precision


def _truth_entries(gt: GroundTruth) -> list[dict[str, Any]]:
    return [
        {'image_id': image, 'category_id': label, 'bbox': box, 'area': area, 'iscrowd': int(crowd)}
        for image, label, box, area, crowd in zip(
            gt.images.tolist(),
            gt.labels.tolist(),
            gt.boxes_xywh.tolist(),
            gt.areas.tolist(),
            gt.crowd.tolist(),
            strict=True,
        )
    ]


def _prediction_entries(pred: Predictions, kind: str) -> list[dict[str, Any]]:
    if kind == 'segm':
        # One by one: with NumPy 2, pycocotools' area fails on lists of more than 255 masks.
        areas = [float(coco_mask.area(rle)) for rle in pred.rles]
    else:
        areas = (pred.boxes_xywh[:, 2] * pred.boxes_xywh[:, 3]).tolist()
    return [
        {'image_id': image, 'category_id': label, 'bbox': box, 'area': area, 'score': score}
        for image, label, box, area, score in zip(
            pred.images.tolist(),
            pred.labels.tolist(),
            pred.boxes_xywh.tolist(),
            areas,
            pred.scores.tolist(),
            strict=True,
        )
    ]


def _dataset(
    entries: list[dict[str, Any]], rles: Sequence[Rle], kind: str, num_classes: int
) -> COCO:
    """Hand the instances to the library. Ids start at 1, because it takes 0 for unmatched."""
    images = {entry['image_id']: {'id': entry['image_id']} for entry in entries}
    for number, entry in enumerate(entries):
        entry['id'] = number + 1
        if kind == 'segm':
            entry['segmentation'] = dict(rles[number])
            height, width = rles[number]['size']
            images[entry['image_id']].update(height=height, width=width)
    categories = [{'id': label, 'name': str(label)} for label in range(num_classes)]
    return COCO({'images': list(images.values()), 'annotations': entries, 'categories': categories})


def _silent(*_: object) -> None:
    """Take the library's progress lines; the caller prints a table."""


def _check_lengths(count: int, *columns: NDArray[Any]) -> None:
    lengths = [count, *(len(column) for column in columns)]
    if len(set(lengths)) > 1:
        raise ValueError(f'columns differ in length: {lengths}')


def _check_arguments(
    gt: GroundTruth,
    pred: Predictions,
    kind: str,
    num_classes: int,
    caps: Sequence[int | None],
) -> None:
    if kind not in ('segm', 'bbox'):
        raise ValueError(f"kind is {kind!r}; it is 'segm' or 'bbox'")
    if not caps or any(cap is not None and cap < 1 for cap in caps):
        raise ValueError(f'caps are {tuple(caps)}; each is None or at least 1')
    for side in (gt, pred):
        outside = (side.labels < 0) | (side.labels >= num_classes)
        if outside.any():
            raise ValueError(f'label {side.labels[outside][0]} with {num_classes} classes')
        if kind == 'segm' and len(side.rles) != len(side.images):
            raise ValueError(f'{len(side.rles)} masks for {len(side.images)} instances')
