"""Boxes: suppression, soft suppression, matching and overlaps."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmnuc.mmcv_operators.box_nms import box_nms
from mmnuc.mmcv_operators.torchvision_binary import call

LINEAR, GAUSSIAN = 1, 2


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Keep the boxes that overlap no better one by more than the threshold.

    Args:
        boxes: Corners x1, y1, x2, y2 of shape (N, 4).
        scores: Shape (N,).
        iou_threshold: Overlaps above it suppress.
        offset: ``1`` if a box includes its last pixel, else ``0``.

    Returns:
        Indices of the kept boxes, best first.
    """
    # Under mixed precision the two may differ in type; torchvision wants one.
    dtype = torch.promote_types(torch.promote_types(boxes.dtype, scores.dtype), torch.float32)
    boxes, scores = boxes.to(dtype), scores.to(dtype)
    if offset:
        boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    if _kernel_fits(boxes, scores, iou_threshold):
        kept = box_nms(boxes.detach().numpy(), scores.detach().numpy(), iou_threshold)
        return torch.from_numpy(kept)
    return call(torch.ops.torchvision.nms, boxes, scores, iou_threshold)


def _kernel_fits(boxes: Tensor, scores: Tensor, iou_threshold: float) -> bool:
    """Whether boxes are what our own suppression for the CPU takes, which keeps the same ones."""
    return (
        boxes.device.type == 'cpu'
        and boxes.dtype == torch.float32
        and iou_threshold >= 0
        and bool(boxes.isfinite().all() and scores.isfinite().all())
    )


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Lower the scores of overlapping boxes instead of dropping them (Bodla et al., 2017).

    Args:
        boxes: Corners of shape (N, 4), on the CPU as mmcv sends them.
        scores: Shape (N,).
        dets: Output of shape (N, 5): kept boxes with their new scores fill the first rows.
        iou_threshold: From here on an overlap counts, but for ``method`` 2.
        sigma: Width of the Gaussian of ``method`` 2.
        min_score: Boxes are dropped once their score falls below it.
        method: ``0`` hard, ``1`` linear, ``2`` Gaussian.
        offset: ``1`` if a box includes its last pixel, else ``0``.

    Returns:
        Indices of the kept boxes, in the order of their new scores.
    """
    corners = boxes.detach().float().numpy().copy()
    score = scores.detach().float().numpy().copy()
    left = np.arange(len(corners))
    kept: list[int] = []
    while len(left):
        best = int(np.argmax(score[left]))
        index, left = left[best], np.delete(left, best)
        dets[len(kept)] = torch.from_numpy(np.append(corners[index], score[index]))
        kept.append(int(index))
        overlap = _iou_with(corners[index], corners[left], offset)
        score[left] *= _soft_weight(overlap, iou_threshold, sigma, method)
        left = left[score[left] >= min_score]
    return torch.tensor(kept, dtype=torch.long)


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Group each kept box with the boxes it suppresses.

    Args:
        dets: Boxes with scores of shape (N, 5), on the CPU as mmcv sends them.
        iou_threshold: Overlaps of at least this suppress.

    Returns:
        One list of indices for each kept box: itself, then those it suppresses, best first.
    """
    array = dets.detach().float().numpy()
    left = np.argsort(-array[:, 4], kind='stable')
    groups = []
    while len(left):
        best, left = left[0], left[1:]
        suppressed = _iou_with(array[best, :4], array[left, :4], 0) >= iou_threshold
        groups.append([int(best), *left[suppressed].tolist()])
        left = left[~suppressed]
    return groups


def bbox_overlaps(
    bboxes1: Tensor, bboxes2: Tensor, ious: Tensor, mode: int, aligned: bool, offset: int
) -> None:
    """Write the overlaps of boxes into ``ious``.

    Args:
        bboxes1: Corners of shape (M, 4).
        bboxes2: Corners of shape (N, 4).
        ious: Output of shape (M, N), or (M,) if ``aligned``.
        mode: ``0`` for intersection over union, ``1`` over the area of the first box.
        aligned: Compare pairs in order instead of all with all.
        offset: ``1`` if a box includes its last pixel, else ``0``.
    """
    first = bboxes1 if aligned else bboxes1[:, None]
    top_left = torch.maximum(first[..., :2], bboxes2[:, :2])
    bottom_right = torch.minimum(first[..., 2:], bboxes2[:, 2:])
    intersection = (bottom_right - top_left + offset).clamp(min=0).prod(-1)
    area = (first[..., 2:] - first[..., :2] + offset).prod(-1)
    if mode == 0:
        area = area + (bboxes2[:, 2:] - bboxes2[:, :2] + offset).prod(-1) - intersection
    ious.copy_(intersection / area)


def _iou_with(
    box: NDArray[np.float32], others: NDArray[np.float32], offset: int
) -> NDArray[np.float32]:
    """IoU of one box with each of the others, in float32 like the compiled operator."""
    size = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    intersection = (size + np.float32(offset)).clip(min=0).prod(-1)
    area = (box[2:] - box[:2] + np.float32(offset)).prod()
    areas = (others[:, 2:] - others[:, :2] + np.float32(offset)).prod(-1)
    # Boxes without area give 0/0: no overlap reaches any threshold, as in C++.
    with np.errstate(invalid='ignore'):
        return intersection / (area + areas - intersection)


def _soft_weight(
    overlap: NDArray[np.float32], iou_threshold: float, sigma: float, method: int
) -> NDArray[np.float32]:
    if method == GAUSSIAN:
        return np.exp(-(overlap * overlap) / np.float32(sigma))
    lowered = 1 - overlap if method == LINEAR else np.zeros_like(overlap)
    return np.where(overlap >= np.float32(iou_threshold), lowered, np.float32(1))
