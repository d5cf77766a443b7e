"""One answer out of several: masks of the same nucleus are averaged before they are cut off.

What several views of an image, or several models, say about it is grouped: the most confident mask
leads a group, and of each other source the mask that overlaps it best joins. The probabilities of a
group's masks are averaged pixel by pixel, and only then compared with the threshold: a vote of
masks that were cut off one by one loses what lies just below it in all of them. The scores are
averaged over all sources, those that saw nothing counting as 0, so agreement makes confident (as in
weighted boxes fusion: Solovyev, Wang and Gabruseva 2021, https://arxiv.org/abs/1910.13302).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numba import types
from numpy.typing import NDArray

from mmnuc.ops import crops as crop_ops
from mmnuc.ops.arrays import F64Array, I32Array, I64Array, U8Array
from mmnuc.ops.compiled import BOXES, I64, OUT_BOXES, OUT_I64, OUT_U8, U8, kernel, read_only
from mmnuc.ops.crops import Crops
from mmnuc.ops.overlap.masks import Overlaps, overlaps
from mmnuc.structures.nuclei import Nuclei

FULL = 255
_F64 = read_only(types.Array(types.float64, 1, 'C'))
_OUT_F64 = types.Array(types.float64, 1, 'C')


def to_probabilities(nuclei: Nuclei) -> Nuclei:
    """Give masks of 0 and 1 the probabilities 0 and 1, as whole numbers of 0 to 255.

    Example:
        >>> sure = to_probabilities(Nuclei.from_label_map(np.array([[1, 1, 0]])))
        >>> sure.crops.buffer.tolist(), len(to_probabilities(Nuclei.empty(4, 5)))
        ([255, 255], 0)
    """
    buffer: U8Array = np.where(nuclei.crops.buffer != 0, FULL, 0).astype(np.uint8)
    return replace(nuclei, crops=replace(nuclei.crops, buffer=buffer))


def binarize(crops: Crops, threshold: float) -> Crops:
    """Keep the pixels with at least this probability, as masks of 0 and 1.

    Args:
        crops: N masks of probabilities, as whole numbers of 0 to 255.
        threshold: Probability, 0 to 1.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> soft = from_bitmaps(np.array([[[100, 200]]], np.uint8))
        >>> binarize(soft, 0.5).boxes_xyxy.tolist()
        [[1, 0, 2, 1]]
    """
    inside = (crops.buffer >= max(threshold * FULL, 1)).view(np.uint8)
    return crop_ops.tight(inside, crops.boxes_xyxy, crops.height, crops.width)


def fuse(
    sources: Sequence[Nuclei],
    weights: Sequence[float] | None = None,
    *,
    iou_threshold: float = 0.5,
    mask_threshold: float = 0.5,
) -> Nuclei:
    """Fuse what several sources found in one image.

    Args:
        sources: For each the masks as probabilities of 0 to 255 (:func:`to_probabilities` for
            masks of 0 and 1), of one image size, with the same classes.
        weights: How much each source counts, of shape (S,); by default all count the same.
        iou_threshold: Masks of one class with this IoU, cut off at ``mask_threshold``, are of one
            nucleus.
        mask_threshold: Averaged probability from which on a pixel belongs to the nucleus.

    Returns:
        The nuclei, masks of 0 and 1, the most confident first.

    Raises:
        ValueError: There are no sources, sizes or classes differ, or weights do not fit.

    Example:
        >>> from mmnuc.ops.crops import from_bitmaps
        >>> def source(values, score):
        ...     return Nuclei.of_crops(from_bitmaps(np.array([[values]], np.uint8)), [score])
        >>> fused = fuse([source([250, 120, 0], 0.75), source([250, 140, 0], 0.25)])
        >>> fused.crops.boxes_xyxy.tolist(), fused.scores.tolist()
        ([[0, 0, 2, 1]], [0.5])
    """
    shares = _shares(len(sources), weights)
    everything = Nuclei.cat(sources)
    source = np.repeat(np.arange(len(sources)), [len(one) for one in sources])
    sharp = binarize(everything.crops, mask_threshold)
    group = _groups(overlaps(sharp), everything, source, shares, iou_threshold)
    return _average(everything, group, shares[source], mask_threshold)


def _shares(count: int, weights: Sequence[float] | None) -> F64Array:
    if not count:
        raise ValueError('nothing to fuse')
    values = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    if values.shape != (count,) or not (values >= 0).all() or not values.sum() > 0:
        raise ValueError(f'{count} sources need {count} weights, 0 or more, not {weights}')
    shares: F64Array = values / values.sum()
    return shares


def _groups(
    pairs: Overlaps, nuclei: Nuclei, source: I64Array, shares: F64Array, iou_threshold: float
) -> I64Array:
    """Return the leader of each mask, of shape (N,)."""
    iou = pairs.iou
    meet = (source[pairs.rows] != source[pairs.cols]) & (iou >= iou_threshold)
    meet &= nuclei.labels[pairs.rows] == nuclei.labels[pairs.cols]
    one = np.concatenate([pairs.rows[meet], pairs.cols[meet]])
    other = np.concatenate([pairs.cols[meet], pairs.rows[meet]])
    value = np.concatenate([iou[meet], iou[meet]])
    # Of equally good masks that ask for a group the first one in this order gets it.
    order = np.lexsort((other, -value, one))
    starts = np.searchsorted(one[order], np.arange(len(nuclei) + 1))
    strength = nuclei.scores * shares[source]
    turn = np.lexsort((np.arange(len(nuclei)), -strength))
    group = np.full(len(nuclei), -1, np.int64)
    _lead(turn, starts, other[order], source, len(shares), group)
    return group


def _average(nuclei: Nuclei, group: I64Array, share: F64Array, threshold: float) -> Nuclei:
    """Average the masks, scores and places of each group."""
    leaders, member = np.unique(group, return_inverse=True)
    source = nuclei.crops
    boxes = np.zeros((len(leaders), 4), np.int32)
    boxes[:, :2] = np.iinfo(np.int32).max
    _merge_boxes(source.boxes_xyxy, member, boxes)
    boxes[boxes[:, 2] == 0] = 0
    offsets = crop_ops.offsets_of(boxes)
    sums = np.zeros(offsets[-1], np.float64)
    _add(source.buffer, source.offsets, source.boxes_xyxy, member, share, offsets, boxes, sums)
    least = np.asarray(np.bincount(member, share, len(leaders)), np.float64) * (threshold * FULL)
    inside = np.zeros(len(sums), np.uint8)
    _compare(sums, offsets, least, inside)
    crops = crop_ops.tight(inside, boxes, source.height, source.width)
    scores = np.bincount(member, share * nuclei.scores, len(leaders)).astype(np.float32)
    return _ordered(replace(nuclei, crops=crops, scores=scores, labels=nuclei.labels[leaders]))


def _ordered(nuclei: Nuclei) -> Nuclei:
    """The most confident first, without those of which nothing is left."""
    order: NDArray[np.int64] = np.argsort(-nuclei.scores, kind='stable')
    return nuclei[order[nuclei.boxes_xyxy[order, 2] > 0]]


@kernel(types.void(I64, I64, I64, I64, types.int64, OUT_I64))
def _lead(
    turn: I64Array,
    starts: I64Array,
    others: I64Array,
    source: I64Array,
    sources: int,
    group: I64Array,
) -> None:
    """Let the most confident masks collect their groups: one mask of each other source."""
    taken = np.full(sources, -1, np.int64)
    for i in turn:
        if group[i] >= 0:
            continue
        group[i] = i
        taken[source[i]] = i
        for k in range(starts[i], starts[i + 1]):
            j = others[k]
            if group[j] < 0 and taken[source[j]] != i:
                group[j] = i
                taken[source[j]] = i


@kernel(types.void(BOXES, I64, OUT_BOXES))
def _merge_boxes(boxes_xyxy: I32Array, member: I64Array, merged: I32Array) -> None:
    for i in range(len(boxes_xyxy)):
        if boxes_xyxy[i, 2] == 0:
            continue
        box = merged[member[i]]
        box[0], box[1] = min(box[0], boxes_xyxy[i, 0]), min(box[1], boxes_xyxy[i, 1])
        box[2], box[3] = max(box[2], boxes_xyxy[i, 2]), max(box[3], boxes_xyxy[i, 3])


@kernel(types.void(U8, I64, BOXES, I64, _F64, I64, BOXES, _OUT_F64))
def _add(
    buffer: U8Array,
    offsets: I64Array,
    boxes_xyxy: I32Array,
    member: I64Array,
    share: F64Array,
    to_offsets: I64Array,
    to_boxes: I32Array,
    sums: F64Array,
) -> None:
    for i in range(len(boxes_xyxy)):
        x1, y1, x2, y2 = boxes_xyxy[i]
        box, start = to_boxes[member[i]], to_offsets[member[i]]
        position = offsets[i]
        for y in range(y1, y2):
            row = start + (y - box[1]) * (box[2] - box[0]) - box[0]
            for x in range(x1, x2):
                sums[row + x] += share[i] * buffer[position]
                position += 1


@kernel(types.void(_F64, I64, _F64, OUT_U8))
def _compare(sums: F64Array, offsets: I64Array, least: F64Array, inside: U8Array) -> None:
    for i in range(len(least)):
        for k in range(offsets[i], offsets[i + 1]):
            inside[k] = sums[k] >= least[i] and sums[k] > 0
