"""Any encoder of timm as a backbone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import timm
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmnuc.errors import UserError
from mmnuc.models.backbones.encoder_weights import match_weights, read_weights
from mmnuc.models.backbones.fuse import fused
from mmnuc.registry import MODELS

HUB = 'hub'


@MODELS.register_module()
class TimmBackbone(BaseModule):
    """An encoder of `timm <https://huggingface.co/docs/timm>`_ that gives a level a stride.

    Convolutional encoders give their own levels. Vision transformers have one stride: timm gives
    features of several blocks at that one, and the neck makes the pyramid.

    Outputs of encoders trained elsewhere can be large: those of EfficientNet-Lite reach 30, and a
    loss of new heads then starts near 70. ``output_norm`` puts a batch normalisation behind each.

    Args:
        model_name: Name in ``timm.list_models()``, such as ``'tf_efficientnet_lite0'``.
        out_indices: Which levels to give, counted from 0: (1, 2, 3, 4) are strides 4, 8, 16, 32
            of encoders that begin with stride 2.
        frozen_stages: Levels that don't learn, from the image on: 0 freezes the stem, 1 what makes
            the first level too, and so on; -1 freezes nothing.
        norm_eval: Keep the batch statistics that the weights came with.
        output_norm: Normalise each level.
        init_cfg: ``dict(type='Pretrained', checkpoint=…)`` with a file, ``'package:NAME'`` for
            an installed package with weights, or ``'hub'`` for those timm downloads.
        **settings: Further settings of ``timm.create_model``, such as ``img_size`` or
            ``dynamic_img_size`` of vision transformers.

    Attributes:
        channels: Channels of each level that is given.
        strides: Their strides in pixels.

    Raises:
        UserError: timm has no such model, or weights don't fit.

    Example:
        >>> import torch
        >>> encoder = TimmBackbone('tf_efficientnet_lite0')
        >>> encoder.channels, encoder.strides
        ([24, 40, 112, 320], [4, 8, 16, 32])
        >>> [tuple(level.shape) for level in encoder(torch.zeros(1, 3, 64, 64))][:2]
        [(1, 24, 16, 16), (1, 40, 8, 8)]
    """

    # timm's models have no type of their own that says what they offer.
    encoder: Any

    def __init__(
        self,
        model_name: str,
        out_indices: Sequence[int] = (1, 2, 3, 4),
        frozen_stages: int = -1,
        norm_eval: bool = False,
        output_norm: bool = True,
        init_cfg: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(init_cfg)
        self.frozen_stages, self.norm_eval = frozen_stages, norm_eval
        self._create = {
            'model_name': model_name,
            'features_only': True,
            'out_indices': tuple(out_indices),
            **settings,
        }
        self.encoder = _create(self._create)
        self.channels: list[int] = self.encoder.feature_info.channels()
        self.strides: list[int] = self.encoder.feature_info.reduction()
        self.output_norm = (
            nn.ModuleList(nn.BatchNorm2d(count) for count in self.channels) if output_norm else None
        )
        self._freeze()

    def init_weights(self) -> None:
        """Start from the weights of ``init_cfg``, or from random ones."""
        source = (self.init_cfg or {}).get('checkpoint')
        if source is None or self.is_init:
            return
        if source == HUB:
            self.encoder.load_state_dict(_create({**self._create, 'pretrained': True}).state_dict())
        else:
            state = match_weights(self.encoder.state_dict(), read_weights(source), source)
            self.encoder.load_state_dict(state, strict=False)
        self._is_init = True
        print_log(f'{self._create["model_name"]}: weights of the encoder from {source}', 'current')

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the features of images.

        Args:
            images: Normalised images of shape (B, 3, H, W).

        Returns:
            A level for each of ``out_indices``, of shape (B, ``channels[i]``, H / ``strides[i]``,
            W / ``strides[i]``), rounded up.
        """
        levels = self.encoder(images)
        if self.output_norm is None:
            return tuple(levels)
        return tuple(norm(level) for norm, level in zip(self.output_norm, levels, strict=True))

    def fuse_norms(self) -> None:
        """Predict faster from now on; see :func:`~mmnuc.models.backbones.fuse.fused`."""
        self.encoder = fused(self.encoder)

    def train(self, mode: bool = True) -> TimmBackbone:
        """Switch between training and prediction; what is frozen stays as it is."""
        super().train(mode)
        self._freeze()
        return self

    def _freeze(self) -> None:
        """Take what is frozen out of the training, and batch statistics with it."""
        frozen = self._frozen_modules()
        for part in frozen:
            for one in part.parameters(recurse=False):
                one.requires_grad = False
        still = self.encoder.modules() if self.norm_eval else frozen
        for part in still:
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.training = False

    def _frozen_modules(self) -> list[nn.Module]:
        """Modules of the encoder up to the end of the one that makes the last frozen level."""
        if self.frozen_stages < 0:
            return []
        levels = self.encoder.feature_info.info
        name = levels[min(self.frozen_stages, len(levels) - 1)]['module']
        # timm takes a network apart and joins the names of its parts, or wraps it whole.
        starts = (name, name.replace('.', '_'), f'model.{name}')
        modules = list(self.encoder.named_modules())
        inside = [
            place
            for place, (found, _) in enumerate(modules)
            if any(found == start or found.startswith(f'{start}.') for start in starts)
        ]
        return [module for _, module in modules[: inside[-1] + 1]]


def _create(settings: dict[str, Any]) -> Any:
    try:
        return timm.create_model(**settings)
    except RuntimeError as error:
        raise UserError(
            f"timm {timm.__version__} can't make {settings['model_name']}: {error}; "
            'timm.list_models() names what it has'
        ) from None
