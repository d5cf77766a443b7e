"""Proposals by their score, not by their rank."""

from __future__ import annotations

from typing import Any

from mmdet.models import RPNHead
from mmengine.structures import InstanceData

from mmnuc.registry import MODELS


@MODELS.register_module()
class DenseRPNHead(RPNHead):
    """mmdet's RPN, which proposes what is likely enough: ``test_cfg.rpn.score_thr``.

    mmdet keeps the best ``nms_pre`` boxes of each level, whatever the image: in a large or dense
    image that drops nuclei, a small tile pays for thousands of empty boxes, and what is found
    depends on how the image was cut. With a threshold the number follows the nuclei, and
    ``nms_pre`` is the limit for what memory can bear. Weights are the same.
    """

    def _bbox_post_process(self, results: InstanceData, cfg: Any, **rest: Any) -> InstanceData:
        """Drop unlikely boxes before the suppression."""
        threshold = cfg.get('score_thr', 0)
        if threshold > 0:
            results = results[results.scores >= threshold]
        return super()._bbox_post_process(results, cfg, **rest)
