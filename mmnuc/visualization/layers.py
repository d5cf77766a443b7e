"""From mmdet's instances to the layers that are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmengine.structures import InstanceData
from numpy.typing import NDArray

from mmnuc.ops import crops as crop_ops
from mmnuc.structures.host import to_crops, to_numpy
from mmnuc.visualization.panels import Layer


def ground_truth_layer(
    instances: InstanceData, size_hw: tuple[int, int], classes: Sequence[str] = ()
) -> Layer:
    """What the annotators drew.

    Args:
        instances: ``gt_instances`` of a sample.
        size_hw: Height and width of the image that is drawn on.
        classes: Names of the classes.
    """
    named = len(classes) > 1
    texts = [_class_name(label, classes) for label in _labels(instances)] if named else []
    return _layer('ground truth', instances, size_hw, classes, texts)


def prediction_layer(
    instances: InstanceData,
    size_hw: tuple[int, int],
    classes: Sequence[str] = (),
    score_thr: float = 0.0,
) -> Layer:
    """What the model found, the surest instances on top.

    Args:
        instances: ``pred_instances`` of a sample.
        size_hw: Height and width of the image that is drawn on.
        classes: Names of the classes.
        score_thr: Instances must score more than this.
    """
    scores = to_numpy(instances.scores) if 'scores' in instances else np.ones(len(instances))
    kept = np.flatnonzero(scores > score_thr)
    kept = kept[np.argsort(scores[kept], kind='stable')]
    names = [_class_name(label, classes) for label in _labels(instances)]
    texts = [
        f'{names[i]} {scores[i]:.2f}' if len(classes) > 1 else f'{scores[i]:.2f}' for i in kept
    ]
    detail = f'score > {score_thr:g}' if score_thr > 0 else ''
    return _layer('prediction', instances, size_hw, classes, texts, kept, detail)


def _layer(
    title: str,
    instances: InstanceData,
    size_hw: tuple[int, int],
    classes: Sequence[str],
    texts: Sequence[str],
    kept: NDArray[np.integer] | None = None,
    detail: str = '',
) -> Layer:
    """Put the kept instances and their words together."""
    noun = ('nucleus', 'nuclei') if tuple(classes) == ('nucleus',) else ('object', 'objects')
    masks = to_crops(instances.masks, size_hw, resize=True) if 'masks' in instances else None
    boxes = masks.boxes_xyxy if masks is not None else _boxes(instances)
    if kept is not None:
        boxes = boxes[kept]
        masks = None if masks is None else crop_ops.take(masks, kept)
    return Layer(title, boxes, masks, texts, noun, detail)


def _boxes(instances: InstanceData) -> NDArray[np.floating]:
    """Boxes of shape (N, 4), out of a tensor or of mmdet's box structures."""
    return to_numpy(instances.get('bboxes', np.zeros((0, 4), np.float32))).reshape(-1, 4)


def _labels(instances: InstanceData) -> list[int]:
    """Class numbers; the first class where there are none."""
    if 'labels' not in instances:
        return [0] * len(instances)
    labels: list[int] = to_numpy(instances.labels).astype(int).tolist()
    return labels


def _class_name(label: int, classes: Sequence[str]) -> str:
    """The name of a class, or its number where it has none."""
    return classes[label] if 0 <= label < len(classes) else f'class {label}'
