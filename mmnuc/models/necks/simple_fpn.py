"""A pyramid from features of one stride, as vision transformers give them."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmnuc.registry import MODELS


@MODELS.register_module()
class SimpleFPN(BaseModule):
    """The simple feature pyramid of ViTDet (Li et al. 2022, arXiv:2203.16527).

    The last features that the encoder gives, and they alone, become levels of a quarter, half, one
    and two times their stride by transposed convolutions and pooling; further levels are pooled
    from the last. A patch of 16 makes strides 4, 8, 16, 32, 64.

    Args:
        in_channels: Channels of the encoder's last features; of a list the last counts.
        out_channels: Channels of each level.
        num_outs: How many levels, from 4 on.
        init_cfg: As of all modules of mmengine.

    Raises:
        ValueError: There are fewer than 4 levels.

    Example:
        >>> import torch
        >>> neck = SimpleFPN(in_channels=192, out_channels=8)
        >>> [tuple(level.shape[1:]) for level in neck([torch.zeros(1, 192, 4, 4)])]
        [(8, 16, 16), (8, 8, 8), (8, 4, 4), (8, 2, 2), (8, 1, 1)]
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        num_outs: int = 5,
        init_cfg: dict[str, str] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if num_outs < 4:
            raise ValueError(f'num_outs is 4 or more, not {num_outs}')
        count = in_channels if isinstance(in_channels, int) else in_channels[-1]
        half, quarter = count // 2, count // 4
        scaled = [
            nn.Sequential(_up(count, half), _norm(half), nn.GELU(), _up(half, quarter)),
            _up(count, half),
            nn.Identity(),
            nn.MaxPool2d(2, ceil_mode=True),
        ]
        self.levels = nn.ModuleList(
            nn.Sequential(scale, _level(seen, out_channels))
            for scale, seen in zip(scaled, (quarter, half, count, count), strict=True)
        )
        self.pool = nn.MaxPool2d(1, stride=2)
        self.more = num_outs - len(self.levels)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Make the pyramid.

        Args:
            inputs: Features of shape (B, C, H, W); the last are used.

        Returns:
            ``num_outs`` levels of shape (B, ``out_channels``, h, w), the finest first.
        """
        outs = [level(inputs[-1]) for level in self.levels]
        for _ in range(self.more):
            outs.append(self.pool(outs[-1]))
        return tuple(outs)


def _up(seen: int, made: int) -> nn.Module:
    return nn.ConvTranspose2d(seen, made, kernel_size=2, stride=2)


def _norm(channels: int) -> nn.Module:
    # Of all channels and places of an image: batches are small.
    return nn.GroupNorm(1, channels)


def _level(seen: int, made: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(seen, made, 1, bias=False),
        _norm(made),
        nn.Conv2d(made, made, 3, padding=1, bias=False),
        _norm(made),
    )
