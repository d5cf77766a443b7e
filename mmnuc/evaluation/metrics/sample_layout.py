"""The one place that knows how mmdet lays out the samples that evaluators get.

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

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.ops.codecs.rle import Rle
from mmnuc.structures.host import to_numpy, to_rles

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
        pred['rles'] = _rles(pred['masks'], height, width)
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
    rles = [_rles(part['masks'], height, width) for part in parts]
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


def _rles(masks: Any, height: int, width: int) -> list[Rle]:
    try:
        return to_rles(masks, (height, width))
    except ValueError as error:
        raise UserError(
            f'{error}: predict with rescale=True, and load annotations after Resize'
        ) from error


def _array(values: Any, dtype: type[np.generic]) -> NDArray[Any]:
    return np.asarray(to_numpy(values), dtype=dtype)
