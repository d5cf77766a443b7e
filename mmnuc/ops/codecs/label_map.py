"""Label maps, where every pixel names one instance, into crops and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_BOXES, OUT_U8, U8, kernel, read_only
from mmnuc.ops.crops import Crops, offsets_of

_OUT_LABELS = types.Array(types.int32, 2, 'C')
LABELS = read_only(_OUT_LABELS)


@dataclass(frozen=True)
class Labelled:
    """The instances of a label map, to be cut out some at a time.

    Args:
        label_map: Shape (H, W), in C order.
        numbers: The numbers that occur in it, without the background, of shape (N,), rising.

    Example:
        >>> instances = Labelled(np.array([[0, 7, 3]], np.int32), np.array([3, 7]))
        >>> instances.cut(np.array([1])).boxes_xyxy.tolist()
        [[1, 0, 2, 1]]
    """

    label_map: I32Array
    numbers: I64Array

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def boxes_xyxy(self) -> I32Array:
        """The tight boxes, of shape (N, 4)."""
        boxes = np.zeros((int(self.numbers.max(initial=0)) + 1, 4), np.int32)
        _find_boxes(self.label_map, boxes)
        return boxes[self.numbers]

    def cut(self, which: I64Array) -> Crops:
        """Cut out some of the instances, by their index."""
        boxes = self.boxes_xyxy[which]
        offsets = offsets_of(boxes)
        buffer = np.zeros(int(offsets[-1]), np.uint8)
        _cut(self.label_map, self.numbers[which], boxes, offsets, buffer)
        height, width = self.label_map.shape
        return Crops(buffer, offsets, boxes, height, width)


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
    if not np.issubdtype(label_map.dtype, np.integer):
        label_map = label_map.astype(np.int64)
    if label_map.ndim != 2:
        raise ValueError(f'no label map: shape {label_map.shape}')
    labels, ids = numbered(label_map)
    seen = np.zeros(int(labels.max(initial=0)) + 1, bool)
    _mark(labels, seen)
    seen[0] = False
    instances = Labelled(labels, np.flatnonzero(seen))
    crops = instances.cut(np.arange(len(instances)))
    return crops, instances.numbers if ids is None else ids[instances.numbers]


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


def numbered(label_map: NDArray[np.integer]) -> tuple[I32Array, I64Array | None]:
    """Return a label map whose numbers can index a table, in place if they can already.

    Args:
        label_map: Whole numbers of shape (H, W).

    Returns:
        The map as ``int32`` in C order, and what its numbers were; None if they are as before.

    Raises:
        ValueError: The map has negative numbers.

    Example:
        >>> numbered(np.array([[0, 10**12]]))
        (array([[0, 1]], dtype=int32), array([            0, 1000000000000]))
    """
    lowest, highest = int(label_map.min(initial=0)), int(label_map.max(initial=0))
    if lowest < 0:
        raise ValueError(f'no label map: it may hold no negative numbers, this one {lowest}')
    if highest <= min(2 * label_map.size + 1024, np.iinfo(np.int32).max):
        return np.ascontiguousarray(label_map, np.int32), None
    ids, dense = np.unique(label_map, return_inverse=True)
    if ids[0] != 0:
        ids, dense = np.concatenate([[0], ids]), dense + 1
    return np.ascontiguousarray(dense.reshape(label_map.shape), np.int32), ids.astype(np.int64)


@kernel(types.void(LABELS, types.Array(types.boolean, 1, 'C')))
def _mark(labels: I32Array, seen: NDArray[np.bool_]) -> None:
    for label in labels.flat:
        seen[label] = True


@kernel(types.void(LABELS, OUT_BOXES))
def _find_boxes(labels: I32Array, boxes_xyxy: I32Array) -> None:
    height, width = labels.shape
    for y in range(height):
        x = 0
        while x < width:
            label, start = labels[y, x], x
            while x < width and labels[y, x] == label:
                x += 1
            if label == 0:
                continue
            if boxes_xyxy[label, 3] == 0:
                boxes_xyxy[label, 0], boxes_xyxy[label, 1] = start, y
            boxes_xyxy[label, 0] = min(boxes_xyxy[label, 0], start)
            boxes_xyxy[label, 2] = max(boxes_xyxy[label, 2], x)
            boxes_xyxy[label, 3] = y + 1


@kernel(types.void(LABELS, I64, BOXES, I64, OUT_U8))
def _cut(
    labels: I32Array, numbers: I64Array, boxes_xyxy: I32Array, offsets: I64Array, out: U8Array
) -> None:
    for i in range(len(numbers)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        number, position = np.int32(numbers[i]), offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                out[position] = labels[y, x] == number
                position += 1


@kernel(types.void(U8, I64, BOXES, _OUT_LABELS))
def _paint(buffer: U8Array, offsets: I64Array, boxes_xyxy: I32Array, labels: I32Array) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        position = offsets[i]
        for y in range(y1, y2):
            for x in range(x1, x2):
                if buffer[position]:
                    labels[y, x] = i + 1
                position += 1
