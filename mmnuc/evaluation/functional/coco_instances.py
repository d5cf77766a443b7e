"""Instances of many images as columns, as COCO's scores take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmnuc.ops.codecs.rle import Rle


class ImageInfo(NamedTuple):
    """An image that is scored.

    Attributes:
        id: Its id.
        file_name: Name of its file.
        height: Height in pixels.
        width: Width in pixels.
    """

    id: int
    file_name: str
    height: int
    width: int


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


def _check_lengths(count: int, *columns: NDArray[Any]) -> None:
    lengths = [count, *(len(column) for column in columns)]
    if len(set(lengths)) > 1:
        raise ValueError(f'columns differ in length: {lengths}')
