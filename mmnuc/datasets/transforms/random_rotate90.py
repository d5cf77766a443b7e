"""Turn an image by quarters: tissue has no up."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.structures.bbox import autocast_box_type
from mmdet.structures.mask import BitmapMasks

from mmnuc.ops.crops.geometry import rotate90
from mmnuc.registry import TRANSFORMS
from mmnuc.structures import CropMasks


@TRANSFORMS.register_module(name=['RandomRotate90', 'RandomQuarterTurn'])
class RandomRotate90(BaseTransform):
    """Turn the image, its boxes and its masks, crops or mmdet's, by 90 degrees, exactly.

    Together with ``RandomFlip`` in all directions this reaches all eight ways to lay a tile.

    Args:
        prob: Probability to turn. Flips give the half turn.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    @autocast_box_type()
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Turn to the left, or do nothing."""
        if np.random.random() >= self.prob:  # noqa: NPY002 - mmdet's seed
            return results
        width = results['img'].shape[1]
        results['img'] = np.ascontiguousarray(np.rot90(results['img']))
        results['img_shape'] = results['img'].shape[:2]
        if 'gt_bboxes' in results:
            x1, y1, x2, y2 = results['gt_bboxes'].tensor.unbind(1)
            boxes = results['gt_bboxes'].tensor.new_empty(len(x1), 4)
            boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3] = y1, width - x2, y2, width - x1
            results['gt_bboxes'] = type(results['gt_bboxes'])(boxes)
        if 'gt_masks' in results:
            results['gt_masks'] = _turned(results['gt_masks'])
        return results


def _turned(masks: CropMasks | BitmapMasks) -> CropMasks | BitmapMasks:
    if isinstance(masks, BitmapMasks):
        dense = np.ascontiguousarray(np.rot90(masks.masks, axes=(1, 2)))
        return BitmapMasks(dense, masks.width, masks.height)
    return CropMasks.from_crops(rotate90(masks.crops))
