"""Label maps, where every pixel names one instance, into crops and back."""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.compiled import BOXES, I64, OUT_BOXES, OUT_I64, OUT_U8, U8, kernel, read_only
from mmnuc.ops.crops import Crops, I32Array, I64Array, U8Array, offsets_of

_OUT_MAP = types.Array(types.int32, 2, 'C')
_MAP = read_only(types.Array(types.int64, 2, 'C'))


def label_map_to_crops(label_map: NDArray[np.integer]) -> tuple[Crops, I64Array]:
    """Cut every instance out of a label map.

    Args:
        label_map: Whole numbers of shape (H, W): ``0`` is background, every other number one
            instance; numbers may be missing.

    Returns:
        The masks in rising order of their numbers, and these numbers, of shape (N,).

    Raises:
        ValueError: The map has another shape or negative numbers.

    Example:
        >>> crops, ids = label_map_to_crops(np.array([[0, 7], [3, 7]]))
        >>> ids.tolist(), crops.boxes_xyxy.tolist()
        ([3, 7], [[0, 1, 1, 2], [1, 0, 2, 2]])
    """
    labels = np.ascontiguousarray(label_map, np.int64)
    if labels.ndim != 2 or (labels.size and labels.min() < 0):
        lowest = labels.min(initial=0)
        raise ValueError(f'no label map: shape {labels.shape}, lowest number {lowest}')
    ids, dense = _number(labels)
    boxes = np.zeros((len(ids), 4), np.int32)
    _label_boxes(dense, boxes)
    offsets = offsets_of(boxes)
    buffer = np.zeros(offsets[-1], np.uint8)
    _cut_labels(dense, boxes, offsets, buffer)
    return Crops(buffer, offsets, boxes, *labels.shape), ids


def crops_to_label_map(crops: Crops) -> NDArray[np.int32]:
    """Write masks into one map, of shape (H, W): mask ``i`` as ``i + 1``.

    Where masks overlap the later one wins, and a mask without pixels leaves a gap.

    Example:
        >>> crops, _ = label_map_to_crops(np.array([[0, 7], [3, 7]]))
        >>> crops_to_label_map(crops)
        array([[0, 2],
               [1, 2]], dtype=int32)
    """
    label_map = np.zeros((crops.height, crops.width), np.int32)
    _paint(crops.buffer, crops.offsets, crops.boxes_xyxy, label_map)
    return label_map


def _number(labels: I64Array) -> tuple[I64Array, I64Array]:
    """Return the numbers that occur and the map with them replaced by 1 .. n."""
    highest = int(labels.max(initial=0))
    if highest > 4 * labels.size + 1024:
        ids, dense = np.unique(labels, return_inverse=True)
        dense = dense.reshape(labels.shape) + (ids[:1] != 0).astype(np.int64)
        return ids[ids != 0], np.ascontiguousarray(dense)
    seen = np.zeros(highest + 1, np.int64)
    _mark(labels, seen)
    seen[0] = 0
    ids = np.flatnonzero(seen)
    if len(ids) == highest:
        return ids, labels
    seen[ids] = np.arange(1, len(ids) + 1)
    return ids, seen[labels]


@kernel(types.void(_MAP, OUT_I64))
def _mark(labels: I64Array, seen: I64Array) -> None:
    for label in labels.flat:
        seen[label] = 1


@kernel(types.void(_MAP, OUT_BOXES))
def _label_boxes(labels: I64Array, boxes_xyxy: I32Array) -> None:
    height, width = labels.shape
    for y in range(height):
        for x in range(width):
            i = labels[y, x] - 1
            if i < 0:
                continue
            if boxes_xyxy[i, 3] == 0:
                boxes_xyxy[i, 0], boxes_xyxy[i, 1] = x, y
            boxes_xyxy[i, 0] = min(boxes_xyxy[i, 0], x)
            boxes_xyxy[i, 2] = max(boxes_xyxy[i, 2], x + 1)
            boxes_xyxy[i, 3] = y + 1


@kernel(types.void(_MAP, BOXES, I64, OUT_U8))
def _cut_labels(labels: I64Array, boxes_xyxy: I32Array, offsets: I64Array, out: U8Array) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        position = offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                out[position] = labels[y, x] == i + 1
                position += 1


@kernel(types.void(U8, I64, BOXES, _OUT_MAP))
def _paint(buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, labels: I32Array) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        position = offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                if buffer[position]:
                    labels[y, x] = i + 1
                position += 1
