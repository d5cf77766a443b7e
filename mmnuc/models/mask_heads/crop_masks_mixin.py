"""Lets any mask head of the FCN family predict masks as small as nuclei."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from mmnuc.models.mask_heads.paste import paste_masks
from mmnuc.structures import CropMasks
from mmnuc.structures.host import to_crops


def hold_crops(results: list[InstanceData]) -> list[InstanceData]:
    """Turn dense masks into crops, in place: mmdet gives (0, H, W) where nothing was found.

    Args:
        results: Predictions of each image; ``masks`` are a tensor of shape (N, H, W) or crops.

    Returns:
        The same list.
    """
    for result in results:
        if isinstance(result.masks, Tensor):
            result.masks = CropMasks.from_crops(to_crops(result.masks))
    return results


class CropMasksMixin:
    """Put before a subclass of mmdet's ``FCNMaskHead``: ``masks`` become a ``CropMasks``.

    The bits are those of the head itself on a CPU; weights, losses and settings stay the same.

    Example:
        >>> from mmdet.models import SCNetMaskHead
        >>> class CropSCNetMaskHead(CropMasksMixin, SCNetMaskHead): ...
    """

    def predict_by_feat(self, *args: Any, **kwargs: Any) -> list[InstanceData]:
        """Do as the head does, but give an empty ``CropMasks`` where nothing was found."""
        return hold_crops(super().predict_by_feat(*args, **kwargs))

    def _predict_by_feat_single(
        self,
        mask_preds: Tensor,
        bboxes: Tensor,
        labels: Tensor,
        img_meta: dict[str, Any],
        rcnn_test_cfg: Any,
        rescale: bool = False,
        activate_map: bool = False,
    ) -> CropMasks:
        """Paste the masks of one image.

        Args:
            mask_preds: Logits of shape (N, classes, h, w); probabilities with ``activate_map``.
            bboxes: Boxes of shape (N, 4) in the image that the network saw.
            labels: Class of each box, of shape (N,).
            img_meta: Holds ``ori_shape`` and ``scale_factor``.
            rcnn_test_cfg: Holds ``mask_thr_binary``.
            rescale: Paste into the image as it was before it was resized; the boxes follow, in
                place.
            activate_map: ``mask_preds`` are probabilities already.

        Returns:
            N masks.
        """
        if activate_map:
            probabilities = torch.as_tensor(mask_preds, dtype=bboxes.dtype, device=bboxes.device)
        else:
            # Before a class is chosen: torch's sigmoid rounds differently at the end of an array.
            probabilities = mask_preds.sigmoid()
        if probabilities.shape[1] == 1:
            probabilities = probabilities[:, 0]
        else:
            probabilities = probabilities[range(len(mask_preds)), labels]
        height, width = _place(bboxes, img_meta, rescale)
        pasted = paste_masks(probabilities, bboxes, height, width, rcnn_test_cfg.mask_thr_binary)
        return CropMasks.from_crops(pasted)


def _place(bboxes: Tensor, img_meta: dict[str, Any], rescale: bool) -> tuple[int, int]:
    """Bring the boxes, in place, to the image to paste into; return its height and width."""
    height, width = img_meta['ori_shape'][:2]
    scale_wh = bboxes.new_tensor(img_meta['scale_factor'])
    if rescale:
        bboxes /= scale_wh.repeat(1, 2)
        return height, width
    w_scale, h_scale = scale_wh[0].item(), scale_wh[1].item()
    return int(np.round(height * h_scale)), int(np.round(width * w_scale))
