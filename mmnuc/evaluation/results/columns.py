"""Instances of many images as columns, before it is known which side they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.columns import RleColumn, joined_rles
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.ops.codecs.rle import Rle


@dataclass(frozen=True)
class Columns:
    """Instances read from a file.

    Attributes:
        images: Image id of each instance, shape (N,).
        labels: Class of each, counted from 0, shape (N,).
        rles: Masks as compressed RLE, N of them.
        boxes_xywh: Left, top, width and height in pixels, shape (N, 4).
        areas: Area in pixels, shape (N,).
        scores: Confidence, shape (N,); 1 where the file knows none.
    """

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    rles: Sequence[Rle]
    boxes_xywh: NDArray[np.float64]
    areas: NDArray[np.float64]
    scores: NDArray[np.float64]

    def ground_truth(self) -> GroundTruth:
        """The instances as truth, none of them a crowd."""
        crowd = np.zeros(len(self.images), bool)
        return GroundTruth(self.images, self.labels, self.rles, self.boxes_xywh, self.areas, crowd)

    def predictions(self) -> Predictions:
        """The instances as predictions."""
        return Predictions(self.images, self.labels, self.rles, self.boxes_xywh, self.scores)


def from_rles(rles: Sequence[Rle], image: int) -> Columns:
    """Take the masks of one image, all of one class and equally sure.

    Raises:
        ValueError: Run lengths do not fill their image; the message names their index.

    Example:
        >>> from_rles([{'size': [1, 2], 'counts': '02'}], 7).boxes_xywh.tolist()
        [[0.0, 0.0, 2.0, 1.0]]
    """
    masks = RleColumn.of(rles)
    boxes, areas = masks.measure()
    count = len(masks)
    return Columns(
        images=np.full(count, image, np.int64),
        labels=np.zeros(count, np.int64),
        rles=masks,
        boxes_xywh=boxes,
        areas=areas,
        scores=np.ones(count),
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Put the instances of several images one after the other.

    Example:
        >>> len(joined([]).images)
        0
    """
    empty = np.zeros(0, np.int64)
    return Columns(
        images=np.concatenate([empty, *(part.images for part in parts)]),
        labels=np.concatenate([empty, *(part.labels for part in parts)]),
        rles=joined_rles([part.rles for part in parts]),
        boxes_xywh=np.concatenate([np.zeros((0, 4)), *(part.boxes_xywh for part in parts)]),
        areas=np.concatenate([np.zeros(0), *(part.areas for part in parts)]),
        scores=np.concatenate([np.zeros(0), *(part.scores for part in parts)]),
    )
