"""Masks as small as nuclei: one flat buffer with the tight crop of every mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmnuc.ops.arrays import I32Array, I64Array, U8Array
from mmnuc.ops.crops import kernels as crop_kernels


@dataclass(frozen=True)
class Crops:
    """N masks of one image, each kept as its tight crop.

    Args:
        buffer: Values of all crops, of shape (M,), crop after crop, each row by row.
        offsets: Where each crop starts in ``buffer``, of shape (N + 1,).
        boxes_xyxy: Boxes in whole pixels, of shape (N, 4): ``x1, y1, x2, y2`` with the right and
            bottom ends excluded. An empty mask has the box ``0, 0, 0, 0`` and no values.
        height: Height of the image in pixels.
        width: Width of the image in pixels.

    Example:
        >>> crops = from_bitmaps(np.array([[[0, 0, 0], [0, 1, 1]]], np.uint8))
        >>> crops.boxes_xyxy.tolist(), crops.buffer.tolist()
        ([[1, 1, 3, 2]], [1, 1])
    """

    buffer: U8Array
    offsets: I64Array
    boxes_xyxy: I32Array
    height: int
    width: int

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def crop(self, index: int) -> U8Array:
        """Return one crop as a view of shape (h, w)."""
        x1, y1, x2, y2 = self.boxes_xyxy[index]
        start = self.offsets[:-1][index]
        h, w = int(y2 - y1), int(x2 - x1)
        return self.buffer[start : start + h * w].reshape(h, w)

    @property
    def areas(self) -> I64Array:
        """Sum of the values of each mask, of shape (N,)."""
        sums = np.empty(len(self), np.int64)
        crop_kernels.sums(self.buffer, self.offsets, sums)
        return sums


def empty(height: int, width: int) -> Crops:
    """Return no masks at all, for an image of this size.

    Example:
        >>> len(empty(4, 5))
        0
    """
    boxes = np.zeros((0, 4), np.int32)
    return Crops(np.zeros(0, np.uint8), np.zeros(1, np.int64), boxes, height, width)


def offsets_of(boxes_xyxy: I32Array) -> I64Array:
    """Return where the crops of these boxes start in a flat buffer, of shape (N + 1,).

    Example:
        >>> offsets_of(np.array([[0, 0, 2, 3], [5, 5, 6, 6]], np.int32)).tolist()
        [0, 6, 7]
    """
    boxes = boxes_xyxy.astype(np.int64)
    offsets = np.zeros(len(boxes) + 1, np.int64)
    np.cumsum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), out=offsets[1:])
    return offsets


def tight(buffer: U8Array, boxes_xyxy: I32Array, height: int, width: int) -> Crops:
    """Shrink crops to the pixels that are not zero.

    Args:
        buffer: Values of all crops, of shape (M,).
        boxes_xyxy: Box of each crop, of shape (N, 4), inside the image.
        height: Height of the image.
        width: Width of the image.

    Returns:
        The same masks with tight crops.

    Example:
        >>> loose = np.array([0, 0, 7, 0], np.uint8)
        >>> tight(loose, np.array([[2, 2, 4, 4]], np.int32), 9, 9).boxes_xyxy.tolist()
        [[2, 3, 3, 4]]
    """
    offsets = offsets_of(boxes_xyxy)
    shrunk = np.empty_like(boxes_xyxy)
    if not crop_kernels.tight_boxes(buffer, offsets, boxes_xyxy, shrunk):
        return Crops(buffer, offsets, boxes_xyxy, height, width)
    return windows(Crops(buffer, offsets, boxes_xyxy, height, width), shrunk)


def windows(crops: Crops, boxes_xyxy: I32Array) -> Crops:
    """Cut another box out of each mask; what lies outside its crop is zero.

    Args:
        crops: N masks.
        boxes_xyxy: The boxes wanted, of shape (N, 4), in the same image.

    Returns:
        Masks with exactly these boxes, tight or not.

    Example:
        >>> crops = from_bitmaps(np.ones((1, 2, 2), np.uint8))
        >>> windows(crops, np.array([[1, 0, 3, 1]], np.int32)).buffer.tolist()
        [1, 0]
    """
    offsets = offsets_of(boxes_xyxy)
    buffer = np.zeros(offsets[-1], np.uint8)
    crop_kernels.copy_windows(
        crops.buffer, crops.offsets, crops.boxes_xyxy, boxes_xyxy, offsets, buffer
    )
    return Crops(buffer, offsets, boxes_xyxy, crops.height, crops.width)


def from_bitmaps(bitmaps: NDArray[np.uint8] | NDArray[np.bool_]) -> Crops:
    """Crop dense masks.

    Args:
        bitmaps: Masks of shape (N, H, W), ``uint8`` or ``bool``; values are kept.

    Returns:
        N masks.

    Raises:
        ValueError: The array has another shape or type.
    """
    if bitmaps.ndim != 3 or bitmaps.dtype not in (np.uint8, np.bool_):
        seen = f'{bitmaps.dtype} {bitmaps.shape}'
        raise ValueError(f'bitmaps must be uint8 or bool of shape (N, H, W), not {seen}')
    dense: U8Array = np.ascontiguousarray(bitmaps).view(np.uint8)
    n, height, width = dense.shape
    boxes = np.zeros((n, 4), np.int32)
    crop_kernels.dense_boxes(dense, boxes)
    offsets = offsets_of(boxes)
    buffer = np.empty(offsets[-1], np.uint8)
    crop_kernels.cut_dense(dense, boxes, offsets, buffer)
    return Crops(buffer, offsets, boxes, height, width)


def to_bitmaps(crops: Crops) -> U8Array:
    """Write every mask as a full image, of shape (N, H, W): N x H x W bytes."""
    dense = np.zeros((len(crops), crops.height, crops.width), np.uint8)
    crop_kernels.paste_dense(crops.buffer, crops.offsets, crops.boxes_xyxy, dense)
    return dense


def take(crops: Crops, index: ArrayLike | slice) -> Crops:
    """Select masks.

    Args:
        crops: N masks.
        index: A slice, whole numbers (negative ones count from the end) or N booleans.

    Returns:
        The masks selected, in this order. Neighbours selected by a slice share the buffer.

    Raises:
        IndexError: A number is out of range, or there are not N booleans.

    Example:
        >>> crops = from_bitmaps(np.eye(3, dtype=np.uint8)[:, None])
        >>> take(crops, [-1, 0]).boxes_xyxy[:, 0].tolist()
        [2, 0]
    """
    if isinstance(index, slice):
        start, stop, step = index.indices(len(crops))
        chosen = range(start, stop, step)
        if step == 1 or len(chosen) < 2:
            return _run(crops, start, start + len(chosen))
        index = np.arange(start, stop, step)
    rows = np.arange(len(crops))[np.asarray(index, None if np.size(index) else np.int64)]
    boxes = crops.boxes_xyxy[rows.reshape(-1)]
    offsets = offsets_of(boxes)
    buffer = gather(crops.buffer, crops.offsets[rows.reshape(-1)], offsets)
    return Crops(buffer, offsets, boxes, crops.height, crops.width)


def gather(buffer: U8Array, starts: I64Array, offsets: I64Array) -> U8Array:
    """Collect pieces of a flat buffer.

    Args:
        buffer: Bytes of shape (M,).
        starts: Where each piece starts in ``buffer``, of shape (N,).
        offsets: Where each piece will start in the result, of shape (N + 1,).

    Returns:
        The pieces, one after the other.

    Example:
        >>> gather(np.arange(9, dtype=np.uint8), np.array([7, 2]), np.array([0, 2, 3])).tolist()
        [7, 8, 2]
    """
    pieces = np.empty(offsets[-1], np.uint8)
    crop_kernels.gather(buffer, starts, offsets, pieces)
    return pieces


def _run(crops: Crops, start: int, stop: int) -> Crops:
    offsets = crops.offsets[start : stop + 1]
    first, last = offsets[0], offsets[-1]
    buffer = crops.buffer[first:last]
    return Crops(buffer, offsets - first, crops.boxes_xyxy[start:stop], crops.height, crops.width)


def concatenate(parts: Sequence[Crops]) -> Crops:
    """Put masks of one image size one after the other.

    Raises:
        ValueError: There are no parts, or they belong to images of different sizes.

    Example:
        >>> one = from_bitmaps(np.ones((1, 2, 2), np.uint8))
        >>> len(concatenate([one, one]))
        2
    """
    sizes = {(part.height, part.width) for part in parts}
    if len(sizes) != 1:
        raise ValueError(f'masks to join must share one image size, not {sorted(sizes)}')
    boxes = np.concatenate([part.boxes_xyxy for part in parts])
    buffer = np.concatenate([part.buffer for part in parts])
    return Crops(buffer, offsets_of(boxes), boxes, *sizes.pop())
