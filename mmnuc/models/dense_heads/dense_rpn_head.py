"""Proposals by their score, not by their rank."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmdet.models import RPNHead
from mmengine.structures import InstanceData
from torch import Tensor

from mmnuc.registry import MODELS


@MODELS.register_module()
class DenseRPNHead(RPNHead):
    """mmdet's RPN, which proposes what is likely enough: ``test_cfg.rpn.score_thr``.

    mmdet keeps the best ``nms_pre`` boxes of each level, whatever the image: in a large or dense
    image that drops nuclei, a small tile pays for thousands of empty boxes, and what is found
    depends on how the image was cut. With a threshold the number follows the nuclei, and
    ``nms_pre`` is the limit for what memory can bear. Weights are the same.

    Where a network computes with 16 bits, scores and boxes leave this head with 32: mmdet places
    its anchors in the precision of the scores, and bfloat16 knows every fourth pixel from 512 on.
    """

    def forward_single(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the scores and box deltas of one level.

        Args:
            x: Features of shape (B, C, H, W).

        Returns:
            Scores before the sigmoid of shape (B, anchors, H, W), and deltas of shape
            (B, 4 anchors, H, W).
        """
        x = F.relu(self.rpn_conv(x)).float()
        with torch.autocast(x.device.type, enabled=False):
            return self.rpn_cls(x), self.rpn_reg(x)

    def _bbox_post_process(self, results: InstanceData, cfg: Any, **rest: Any) -> InstanceData:
        """Drop unlikely boxes before the suppression."""
        threshold = cfg.get('score_thr', 0)
        if threshold > 0:
            results = results[results.scores >= threshold]
        return super()._bbox_post_process(results, cfg, **rest)
