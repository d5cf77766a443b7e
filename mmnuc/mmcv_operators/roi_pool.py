"""RoIPool: the largest value in each bin of a region (Girshick, 2015).

Not torchvision's: that one rounds a region to whole pixels first, mmcv's keeps its fractions.
"""

import torch
from torch import Tensor


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Write each bin's maximum into ``output`` and where it was into ``argmax``.

    Args:
        input: Features of shape (B, C, H, W).
        rois: Regions of shape (N, 5): index in the batch, x1, y1, x2, y2, last pixel included.
        output: Output of shape (N, C, ``pooled_height``, ``pooled_width``).
        argmax: Output of the same shape: index into the flat (H·W) map, -1 in an empty bin.
        pooled_height: Bins in a column.
        pooled_width: Bins in a row.
        spatial_scale: From the regions' coordinates to those of the features.
    """
    height, width = input.shape[2:]
    output.zero_()
    argmax.fill_(-1)
    image = rois[:, 0].long().tolist()
    rows = _bin_edges(rois[:, 2], rois[:, 4], spatial_scale, pooled_height, height)
    columns = _bin_edges(rois[:, 1], rois[:, 3], spatial_scale, pooled_width, width)
    for n, (row_edges, column_edges) in enumerate(zip(rows, columns, strict=True)):
        for i, (y1, y2) in enumerate(row_edges):
            for j, (x1, x2) in enumerate(column_edges):
                if y2 <= y1 or x2 <= x1:
                    continue
                best, where = input[image[n], :, y1:y2, x1:x2].flatten(1).max(1)
                output[n, :, i, j] = best
                argmax[n, :, i, j] = (y1 + where // (x2 - x1)) * width + x1 + where % (x2 - x1)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Add each bin's gradient to ``grad_input`` where its maximum was."""
    channels, height, width = grad_input.shape[1:]
    plane = rois[:, 0].long()[:, None] * channels + torch.arange(channels, device=rois.device)
    index = plane[:, :, None, None] * (height * width) + argmax
    found = argmax >= 0
    flat = grad_input.new_zeros(grad_input.numel())
    flat.index_add_(0, index[found], grad_output[found].to(flat.dtype))
    grad_input += flat.view_as(grad_input)


def _bin_edges(
    first: Tensor, last: Tensor, scale: float, bins: int, limit: int
) -> list[list[list[int]]]:
    """Half-open bounds of each region's bins, of shape (N, bins, 2), inside the map.

    A region without extent has empty bins.
    """
    start, end = first * scale, (last + 1) * scale
    step = ((end - start) / bins)[:, None]
    number = torch.arange(bins, device=first.device).to(first.dtype)
    lower = torch.floor(number * step + start[:, None])
    upper = torch.ceil((number + 1) * step + start[:, None])
    edges = torch.stack([lower, upper], -1).clamp(0, limit)
    edges[end <= start] = 0
    return edges.long().tolist()
