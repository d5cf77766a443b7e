"""Pasting predicted masks into the image, each in the pixels of its own box only.

The arithmetic is mmdet's ``_do_paste_mask``, operation by operation, with torch's own
``grid_sample``: its rounding differs between builds of torch (some fuse multiplications and
additions, some do not), so only the same operator gives the same bits everywhere. What differs is
the bookkeeping. mmdet samples box after box (or, on a GPU, the whole image for every box) into
one array of N full images; here boxes of similar size are sampled together, and only the tight
crop of each mask is kept.
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
    boxes_xyxy = boxes_xyxy.detach()
    windows = _windows(boxes_xyxy, height, width)
    limit = _SAMPLES_CPU if boxes_xyxy.device.type == 'cpu' else _SAMPLES_ACCELERATOR
    parts, order = [], []
    for rows in _groups(windows, limit):
        index = torch.from_numpy(rows).to(boxes_xyxy.device)
        sampled = _sample(probabilities[index], boxes_xyxy[index], windows[rows])
        parts.append(_cut(_to_bytes(sampled, threshold), windows[rows], height, width))
        order.append(rows)
    return crops.take(crops.concatenate(parts), np.argsort(np.concatenate(order)))


def _windows(boxes_xyxy: Tensor, height: int, width: int) -> NDArray[np.int32]:
    """Return the part of the image to sample for each box: the box and a pixel around it."""
    size_wh = boxes_xyxy.new_tensor([width, height])
    start = torch.minimum((boxes_xyxy[:, :2].floor() - 1).clamp(min=0), size_wh)
    stop = torch.minimum(boxes_xyxy[:, 2:].ceil() + 1, size_wh)
    stop = torch.maximum(stop, start)
    window = torch.cat([start, stop], dim=1)
    finite = torch.isfinite(boxes_xyxy).all(dim=1, keepdim=True)
    return torch.where(finite, window, 0).to(torch.int32).cpu().numpy()


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


def _sample(probabilities: Tensor, boxes_xyxy: Tensor, windows: NDArray[np.int32]) -> Tensor:
    """Sample each mask in its window, padded to the largest: of shape (n, h, w)."""
    w, h = (windows[:, 2:] - windows[:, :2]).max(axis=0).tolist()
    origins = torch.from_numpy(windows).to(boxes_xyxy.device)
    x1, y1, x2, y2 = boxes_xyxy.split(1, dim=1)
    grid = boxes_xyxy.new_empty((len(boxes_xyxy), h, w, 2), dtype=torch.float32)
    grid[..., 0] = _relative(origins[:, 0:1], w, x1, x2)[:, None, :]
    grid[..., 1] = _relative(origins[:, 1:2], h, y1, y2)[:, :, None]
    masks = probabilities[:, None].to(torch.float32)
    return F.grid_sample(masks, grid, align_corners=False)[:, 0]


def _relative(origins: Tensor, count: int, start: Tensor, stop: Tensor) -> Tensor:
    """Return where pixel centres lie in the box, from -1 to 1; a box of no extent is all centre."""
    pixels = origins + torch.arange(count, device=origins.device)
    centres = pixels.to(torch.float32) + 0.5
    relative = (centres - start) / (stop - start) * 2 - 1
    return relative.masked_fill(relative.isinf(), 0)


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
