"""Load boxes, labels and masks of nuclei, the masks as tight crops."""

from typing import Any

import numpy as np
import torch
from mmdet.datasets.transforms import LoadAnnotations
from mmdet.structures.bbox import get_box_type

from mmnuc.datasets.compact_instances import CompactInstances
from mmnuc.ops.codecs.rle import strings_to_crops
from mmnuc.ops.codecs.segmentations import segmentations_to_crops
from mmnuc.registry import TRANSFORMS
from mmnuc.structures import CropMasks


@TRANSFORMS.register_module()
class LoadNucleiAnnotations(LoadAnnotations):
    """mmdet's ``LoadAnnotations`` with ``gt_masks`` as :class:`mmnuc.structures.CropMasks`.

    Takes the same arguments, reads the same keys and writes the same keys with the same values.
    With ``poly2mask=False`` the masks stay polygons, as in mmdet.
    """

    def _load_bboxes(self, results: dict[str, Any]) -> None:
        instances = results.get('instances', [])
        if isinstance(instances, CompactInstances):
            rows, flags = instances.boxes_xyxy, instances.ignore_flags
        else:
            rows = np.array([instance['bbox'] for instance in instances], np.float64)
            flags = np.array([instance['ignore_flag'] for instance in instances], bool)
        boxes: Any = np.array(rows, np.float32).reshape(-1, 4)
        if self.box_type is not None:
            boxes = get_box_type(self.box_type)[1](boxes, dtype=torch.float32)
        results['gt_bboxes'] = boxes
        results['gt_ignore_flags'] = np.array(flags, bool)

    def _load_labels(self, results: dict[str, Any]) -> None:
        instances = results.get('instances', [])
        if isinstance(instances, CompactInstances):
            labels = instances.labels
        else:
            labels = np.array([instance['bbox_label'] for instance in instances], np.int64)
        results['gt_bboxes_labels'] = np.array(labels, np.int64)

    def _load_masks(self, results: dict[str, Any]) -> None:
        if not self.poly2mask:
            super()._load_masks(results)
            return
        height, width = results['ori_shape']
        instances = results.get('instances', [])
        if isinstance(instances, CompactInstances):
            crops = strings_to_crops(instances.text, instances.text_offsets, height, width)
            flags = instances.ignore_flags
        else:
            masks = [instance['mask'] for instance in instances]
            crops, valid = segmentations_to_crops(masks, height, width)
            given = [instance['ignore_flag'] for instance in instances]
            flags = np.array(given, bool) | ~valid
        results['gt_masks'] = CropMasks.from_crops(crops)
        results['gt_ignore_flags'] = np.array(flags, bool)
