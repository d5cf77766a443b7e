"""Pasting predicted masks into the image, each in the pixels of its own box only.

The arithmetic is mmdet's ``_do_paste_mask``, operation by operation, and the samples are taken by
torch's own ``grid_sample``: its rounding differs between processors and builds of torch (some fuse
multiplications with additions), so only the same operator gives the same bits everywhere. What
differs is the bookkeeping. mmdet samples box after box (on a GPU the whole image for every box)
into one array of N full images; here boxes of similar size are sampled together, and only the
tight crop of each mask is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mmnuc.ops import crops
from mmnuc.ops.crops import Crops

# Samples taken at once: 13 bytes each. A CPU likes groups that stay in its cache, an accelerator
# few launches. A box larger than this is a group of its own.
_SAMPLES_CPU = 2**16
_SAMPLES_ACCELERATOR = 2**22


def paste_masks(
    probabilities: Tensor, boxes_xyxy: Tensor, height: int, width: int, threshold: float
) -> Crops:
    """Resize masks to their boxes and place them in the image.

    Args:
        probabilities: Foreground probabilities, of shape (N, h, w), on any device.
        boxes_xyxy: Boxes in pixels of the image, of shape (N, 4), on the same device. A box that
            lies outside the image, or holds a number that is not finite, gives an empty mask.
        height: Height of the image.
        width: Width of the image.
        threshold: Probability from which a pixel belongs to the mask. Below zero, the masks keep
            their probabilities, as whole numbers of 0 to 255.

    Returns:
        N masks: the pixels that mmdet gives on a CPU, on every device. (On a GPU mmdet does not
        stop one pixel outside the box, which shows only with a threshold below 0.5.)

    Example:
        >>> pasted = paste_masks(torch.ones(1, 2, 2), torch.tensor([[2.0, 1, 6, 4]]), 10, 10, 0.5)
        >>> pasted.boxes_xyxy.tolist(), pasted.areas.tolist()
        ([[2, 1, 6, 4]], [12])
    """
    if not len(boxes_xyxy):
        return crops.empty(height, width)
    boxes = boxes_xyxy.detach().to(torch.float32).cpu().numpy()
    windows = _windows(boxes, height, width)
    device = probabilities.device
    limit = _SAMPLES_CPU if device.type == 'cpu' else _SAMPLES_ACCELERATOR
    parts, order = [], []
    for rows in _groups(windows, limit):
        masks = probabilities[torch.from_numpy(rows).to(device)]
        sampled = _sample(masks, boxes[rows], windows[rows])
        parts.append(_cut(_to_bytes(sampled, threshold), windows[rows], height, width))
        order.append(rows)
    return crops.take(crops.concatenate(parts), np.argsort(np.concatenate(order)))


def _windows(boxes_xyxy: NDArray[np.float32], height: int, width: int) -> NDArray[np.int32]:
    """Return the part of the image to sample for each box: the box and a pixel around it."""
    finite = np.isfinite(boxes_xyxy).all(axis=1, keepdims=True)
    boxes_xyxy = np.where(finite, boxes_xyxy, 0)
    start = (np.floor(boxes_xyxy[:, :2]) - 1).clip(0, (width, height))
    stop = np.minimum(np.ceil(boxes_xyxy[:, 2:]) + 1, (width, height))
    windows = np.concatenate([start, np.maximum(stop, start)], axis=1)
    return np.where(finite, windows, 0).astype(np.int32)


def _groups(windows: NDArray[np.int32], limit: int) -> Iterator[NDArray[np.int64]]:
    """Yield rows of similar size that, padded to the largest of them, stay under the limit."""
    sides = (windows[:, 2:] - windows[:, :2]).max(axis=1).astype(np.int64)
    order = np.argsort(sides, kind='stable')
    start = 0
    while start < len(order):
        padded = sides[order[start:]] ** 2 * np.arange(1, len(order) - start + 1)
        stop = start + max(1, int(np.searchsorted(padded, limit, side='right')))
        yield order[start:stop]
        start = stop


def _sample(
    probabilities: Tensor, boxes_xyxy: NDArray[np.float32], windows: NDArray[np.int32]
) -> Tensor:
    """Sample each mask in its window, padded to the largest: of shape (n, h, w)."""
    w, h = (windows[:, 2:] - windows[:, :2]).max(axis=0).tolist()
    x1, y1, x2, y2 = boxes_xyxy.T[..., None]
    x = _relative(windows[:, 0:1], w, x1, x2)
    y = _relative(windows[:, 1:2], h, y1, y2)
    device = probabilities.device
    grid = torch.empty((len(windows), h, w, 2), dtype=torch.float32, device=device)
    grid[..., 0] = torch.from_numpy(x).to(device)[:, None, :]
    grid[..., 1] = torch.from_numpy(y).to(device)[:, :, None]
    masks = probabilities[:, None].to(torch.float32)
    return F.grid_sample(masks, grid, align_corners=False)[:, 0]


def _relative(
    origins: NDArray[np.int32],
    count: int,
    start: NDArray[np.float32],
    stop: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return where pixel centres lie in the box, from -1 to 1; a box of no extent is all centre."""
    half, one, two = np.float32(0.5), np.float32(1), np.float32(2)
    centres = (origins + np.arange(count, dtype=np.int32)).astype(np.float32) + half
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        relative = (centres - start) / (stop - start) * two - one
    relative[np.isinf(relative)] = 0
    return relative


def _to_bytes(sampled: Tensor, threshold: float) -> Tensor:
    if threshold >= 0:
        return (sampled >= threshold).view(torch.uint8)
    return (sampled * 255).to(torch.uint8)


def _cut(padded: Tensor, windows: NDArray[np.int32], height: int, width: int) -> Crops:
    """Keep the tight crop of each padded window, of shape (n, h, w)."""
    n, h, w = padded.shape
    origins_xy = windows[:, :2]
    boxes_xyxy = np.concatenate([origins_xy, origins_xy + np.array([w, h], np.int32)], axis=1)
    buffer = padded.reshape(-1).cpu().numpy()
    loose = Crops(buffer, np.arange(n + 1) * (h * w), boxes_xyxy, height, width)
    cut = crops.windows(loose, windows)
    return crops.tight(cut.buffer, cut.boxes_xyxy, height, width)
