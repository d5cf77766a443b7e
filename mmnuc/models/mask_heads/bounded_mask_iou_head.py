"""Mask Scoring R-CNN's head that says how well masks fit, with answers between 0 and 1."""

import torch
from mmdet.models import MaskIoUHead
from torch import Tensor

from mmnuc.models.chunked import MASK_CHUNK_SIZE, chunked
from mmnuc.registry import MODELS


@MODELS.register_module()
class BoundedMaskIoUHead(MaskIoUHead):
    """``MaskIoUHead`` whose IoUs are IoUs when it predicts; takes the same settings.

    mmdet's are any number. Multiplied with one above 1, a score could rise above that of the box,
    and what was left out for its low score would have belonged to the answer.
    """

    def forward(self, mask_feat: Tensor, mask_preds: Tensor) -> Tensor:
        """Predict the IoU of masks with the nuclei they outline.

        Args:
            mask_feat: Features of the regions, of shape (N, C, h, w).
            mask_preds: Masks before the sigmoid, of shape (N, 2 h, 2 w).

        Returns:
            IoU for each class, of shape (N, classes).
        """
        if torch.is_grad_enabled():
            return super().forward(mask_feat, mask_preds)
        whole = super().forward
        found = chunked(
            lambda *part: {'iou': whole(*part)}, MASK_CHUNK_SIZE, ('iou',), mask_feat, mask_preds
        )
        return found['iou'].clamp(0, 1)
