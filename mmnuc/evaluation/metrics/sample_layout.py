"""The one place that knows how mmdet lays out its results.

An evaluator gets each image as the dict of a ``DetDataSample``: ``img_id``, ``img_path`` and
``ori_shape`` beside ``pred_instances`` with ``masks``, ``scores``, ``labels`` and ``bboxes``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmnuc.coco.segmentation import segmentation_to_rle, with_text
from mmnuc.errors import UserError
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.ops.codecs.rle import Rle, crops_to_rles
from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import CropMasks

__all__ = ['ImageResult', 'ImageTruth', 'read_result', 'read_truth']


@dataclass(frozen=True)
class ImageTruth:
    """The annotations of one image as plain data.

    Attributes:
        rles: N masks ``{'size': [h, w], 'counts': str}``.
        labels: Class of each instance, counted from 0, shape (N,).
        boxes_xyxy: Corners in pixels, shape (N, 4).
        crowd: True for an instance that scores ignore, shape (N,).
    """

    rles: Sequence[Rle]
    labels: NDArray[np.int64]
    boxes_xyxy: NDArray[np.float64]
    crowd: NDArray[np.bool_]


def read_result(data_sample: dict[str, Any]) -> ImageResult:
    """Read what the model predicted on one image.

    Args:
        data_sample: A sample as evaluators get it. Its masks are a ``CropMasks``, dense masks of
            shape (N, H, W) in an array, a tensor or mmdet's ``BitmapMasks``, or a list of RLE.

    Returns:
        The prediction as plain data.

    Raises:
        UserError: The model predicts no masks, or masks of another size than the image.
    """
    height, width = (int(side) for side in data_sample['ori_shape'][:2])
    pred = data_sample['pred_instances']
    if 'masks' not in pred:
        raise UserError('the model predicts no masks; this evaluation needs an instance segmenter')
    # Several evaluators read the same sample, and dense masks take seconds to encode: the first
    # one leaves the codes there for the others.
    if 'rles' not in pred:
        pred['rles'] = _masks_to_rles(pred['masks'], height, width)
    return ImageResult(
        image_id=int(data_sample['img_id']),
        file_name=os.path.basename(data_sample.get('img_path') or ''),
        height=height,
        width=width,
        rles=pred['rles'],
        scores=_array(pred['scores'], np.float64),
        labels=_array(pred['labels'], np.int64),
        boxes_xyxy=_array(pred['bboxes'], np.float64).reshape(-1, 4),
    )


def read_truth(data_sample: dict[str, Any]) -> ImageTruth:
    """Read the annotations of one image that came with its sample.

    Args:
        data_sample: A sample with ``instances`` (mmdet's plain annotations, when the pipeline packs
            them) or ``gt_instances`` of the original image's size.

    Returns:
        The annotations as plain data; ``ignored_instances`` are crowds.

    Raises:
        UserError: The sample has no annotations, or masks of another size than the image.
    """
    height, width = (int(side) for side in data_sample['ori_shape'][:2])
    if 'instances' in data_sample:
        return _plain_truth(data_sample['instances'], height, width)
    parts = [data_sample.get('gt_instances', {}), data_sample.get('ignored_instances', {})]
    if 'masks' not in parts[0]:
        raise UserError(
            'the samples carry no annotated masks; give the evaluator an ann_file, or load the '
            'annotations in the test pipeline after Resize'
        )
    parts = [part for part in parts if 'masks' in part]
    rles = [_masks_to_rles(part['masks'], height, width) for part in parts]
    boxes = [_array(part['bboxes'], np.float64).reshape(-1, 4) for part in parts]
    return ImageTruth(
        rles=[rle for own in rles for rle in own],
        labels=np.concatenate([_array(part['labels'], np.int64) for part in parts]),
        boxes_xyxy=np.concatenate(boxes),
        crowd=np.repeat([False, True][: len(parts)], [len(own) for own in rles]),
    )


def _plain_truth(instances: Sequence[Mapping[str, Any]], height: int, width: int) -> ImageTruth:
    return ImageTruth(
        rles=[segmentation_to_rle(instance['mask'], height, width) for instance in instances],
        labels=np.array([instance['bbox_label'] for instance in instances], np.int64),
        boxes_xyxy=np.array([i['bbox'] for i in instances], np.float64).reshape(-1, 4),
        crowd=np.array([bool(instance.get('ignore_flag', 0)) for instance in instances], bool),
    )


def _masks_to_rles(masks: Any, height: int, width: int) -> list[Rle]:
    if isinstance(masks, (list, tuple)):
        rles = [with_text(code) for code in masks]
    elif isinstance(masks, CropMasks):
        rles = masks.to_rles()
    elif hasattr(masks, 'to_ndarray'):
        rles = crops_to_rles(from_bitmaps(masks.to_ndarray()))
    else:
        rles = crops_to_rles(from_bitmaps(_array(masks, np.bool_)))
    other = next((rle['size'] for rle in rles if list(rle['size']) != [height, width]), None)
    if other is not None:
        raise UserError(
            f'masks are {other[0]} x {other[1]}, the image is {height} x {width}: predict with '
            f'rescale=True, and load annotations after Resize'
        )
    return rles


def _array(values: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """An array from an array, a list, a tensor on any device, or mmdet's boxes around one."""
    values = getattr(values, 'tensor', values)
    if hasattr(values, 'detach'):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=dtype)
