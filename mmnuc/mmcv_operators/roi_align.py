"""RoIAlign: regions of a feature map, resampled to one size."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmnuc.mmcv_operators import region_kernels
from mmnuc.mmcv_operators.threads import in_slices
from mmnuc.mmcv_operators.torchvision_binary import call

MAX = 0


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write the average (or maximum) of each bin's samples into ``output``.

    Args:
        input: Features of shape (B, C, H, W).
        rois: Regions of shape (N, 5): index in the batch, x1, y1, x2, y2.
        output: Output of shape (N, C, ``aligned_height``, ``aligned_width``).
        argmax_y: With ``pool_mode`` 0, output of the same shape: row of the chosen sample within
            its bin. (The compiled operator notes image coordinates; only the backward reads it.)
        argmax_x: The same for the column.
        aligned_height: Bins in a column.
        aligned_width: Bins in a row.
        spatial_scale: From the regions' coordinates to those of the features.
        sampling_ratio: Samples along each side of a bin; ``0`` for one every pixel.
        pool_mode: ``0`` maximum, ``1`` average.
        aligned: Pixel centres lie at half coordinates, the right way; else mmcv 0.x's way.
    """
    rois = rois.to(input.dtype)
    size = (aligned_height, aligned_width)
    if pool_mode != MAX and _kernel_fits(input, output):
        maps, regions = _channels_last(input), rois.detach().contiguous().numpy()
        how = (np.float32(spatial_scale), sampling_ratio, aligned)

        def align(part: slice) -> None:
            region_kernels.align(maps, regions[part], *how, output[part].numpy())

        in_slices(align, len(rois), output)
        return
    if pool_mode != MAX:
        args = (spatial_scale, *size, sampling_ratio, aligned)
        output[:] = call(torch.ops.torchvision.roi_align, input.contiguous(), rois, *args)
        return
    for members, grid in _by_grid(rois, size, spatial_scale, sampling_ratio, aligned):
        samples = call(
            torch.ops.torchvision.roi_align,
            *(input, rois[members], spatial_scale, size[0] * grid[0], size[1] * grid[1]),
            *(1, aligned),
        )
        best, where = _bins(samples, size, grid).max(-1)
        output[members] = best.to(output.dtype)
        argmax_y[members] = (where // grid[1]).to(argmax_y.dtype)
        argmax_x[members] = (where % grid[1]).to(argmax_x.dtype)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Add the gradient of the features to ``grad_input``; arguments as in the forward."""
    rois = rois.to(grad_output.dtype)
    size = (aligned_height, aligned_width)
    backward = torch.ops.torchvision._roi_align_backward
    if pool_mode != MAX and _kernel_fits(grad_output, grad_input):
        batch, channels, *extent = grad_input.shape
        maps = np.zeros((batch, *extent, channels), np.float32)
        grids, regions = grad_output.detach().contiguous().numpy(), rois.contiguous().numpy()
        how = (np.float32(spatial_scale), sampling_ratio, aligned)

        def spread(part: slice) -> None:
            region_kernels.spread(grids, regions, *how, part.start, part.stop, maps)

        in_slices(spread, channels, grad_output)
        grad_input += torch.from_numpy(maps).permute(0, 3, 1, 2)
        return
    if pool_mode != MAX:
        args = (spatial_scale, *size, *grad_input.shape, sampling_ratio, aligned)
        grad_input += call(backward, grad_output, rois, *args)
        return
    for members, grid in _by_grid(rois, size, spatial_scale, sampling_ratio, aligned):
        where = (argmax_y[members] * grid[1] + argmax_x[members]).long().unsqueeze(-1)
        bins = grad_output.new_zeros((*where.shape[:-1], grid[0] * grid[1]))
        bins.scatter_(-1, where, grad_output[members].unsqueeze(-1))
        args = (spatial_scale, size[0] * grid[0], size[1] * grid[1], *grad_input.shape, 1, aligned)
        grad_input += call(backward, _unbin(bins, grid), rois[members], *args)


def _kernel_fits(read: Tensor, written: Tensor) -> bool:
    """Whether tensors are what our kernels for the CPU take, which do one operator's arithmetic.

    torchvision's walks through the map once for every channel and region, ours reads all channels
    of a pixel at once: ten times faster, to the same last bit.
    """
    return (
        all(
            tensor.device.type == 'cpu' and tensor.dtype == torch.float32
            for tensor in (read, written)
        )
        and written.is_contiguous()
    )


def _channels_last(maps: Tensor) -> NDArray[np.float32]:
    """(B, C, H, W) → (B, H, W, C), without a copy where memory is laid out so."""
    return maps.detach().permute(0, 2, 3, 1).contiguous().numpy()


def _by_grid(
    rois: Tensor, size: tuple[int, int], spatial_scale: float, sampling_ratio: int, aligned: bool
) -> Iterator[tuple[Tensor, tuple[int, int]]]:
    """Group the regions by the number of samples (rows, columns) in a bin.

    Sampling a region once in each of size x grid small bins visits the very points that grid
    samples in each of size bins do: so one call of the averaging operator yields all samples.
    """
    if sampling_ratio > 0:
        yield torch.arange(len(rois), device=rois.device), (sampling_ratio, sampling_ratio)
        return
    extent = (rois[:, [4, 3]] - rois[:, [2, 1]]).float() * spatial_scale
    if not aligned:
        extent = extent.clamp(min=1)
    # A region without extent has no sample; one, where it lies, is as good.
    grids = (extent / extent.new_tensor(size)).ceil().long().clamp(min=1)
    for grid in grids.unique(dim=0):
        yield (grids == grid).all(1).nonzero().squeeze(1), (int(grid[0]), int(grid[1]))


def _bins(samples: Tensor, size: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """(N, C, h·gh, w·gw) → (N, C, h, w, gh·gw)."""
    n, c = samples.shape[:2]
    return samples.view(n, c, size[0], grid[0], size[1], grid[1]).transpose(3, 4).flatten(4)


def _unbin(bins: Tensor, grid: tuple[int, int]) -> Tensor:
    """(N, C, h, w, gh·gw) → (N, C, h·gh, w·gw)."""
    n, c, h, w = bins.shape[:4]
    return bins.view(n, c, h, w, *grid).transpose(3, 4).reshape(n, c, h * grid[0], w * grid[1])
