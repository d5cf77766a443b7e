"""A mask head that puts pixels in their places last, when each is one number."""

from __future__ import annotations

import torch
from mmdet.models.roi_heads.mask_heads import FCNMaskHead
from torch import Tensor, nn


def optimize_mask_head(head: FCNMaskHead) -> None:
    """Rewrite the last two layers of a mask head, in place; the masks are the same.

    A transposed convolution whose kernels don't overlap computes the s * s pixels that a pixel
    becomes independently of all others. So they can stay channels of that pixel until the last
    layer has made one number a class of each: a product of matrices instead of a transposed
    convolution, and the places change of numbers instead of vectors.

    Args:
        head: Its ``upsample`` is a transposed convolution, its ``conv_logits`` one of 1 x 1; heads
            with other settings stay as they are.
    """
    up, logits = head.upsample, head.conv_logits
    side = up.kernel_size[0]
    simple = (
        up.kernel_size == up.stride == (side, side)
        and up.padding == up.output_padding == (0, 0)
        and (up.groups, up.dilation) == (1, (1, 1))
        and isinstance(logits, nn.Conv2d)
        and (logits.kernel_size, logits.groups) == ((1, 1), 1)
    )
    if not simple:
        return
    places = side * side
    spread = nn.Conv2d(up.in_channels, places * up.out_channels, 1, bias=up.bias is not None)
    sums = nn.Conv2d(
        *(places * up.out_channels, places * logits.out_channels, 1),
        groups=places,
        bias=logits.bias is not None,
    )
    with torch.no_grad():
        # (in, out, y, x) → (y, x, out), in
        spread.weight.copy_(up.weight.permute(2, 3, 1, 0).reshape(spread.weight.shape))
        sums.weight.copy_(logits.weight.repeat(places, 1, 1, 1))
        for new, old in ((spread, up), (sums, logits)):
            if new.bias is not None:
                new.bias.copy_(old.bias.repeat(places))
    head.upsample = spread
    head.conv_logits = nn.Sequential(sums, _ToPlaces(side))


class _ToPlaces(nn.Module):
    """(N, side * side * C, H, W) → (N, C, side * H, side * W)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Put the channels that are places into their places."""
        n, _, height, width = x.shape
        by_class = x.view(n, self.side**2, -1, height, width).transpose(1, 2).flatten(1, 2)
        return nn.functional.pixel_shuffle(by_class, self.side)
