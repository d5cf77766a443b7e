"""COCO's mask and box AP for images with more objects than COCO's tools look at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from mmnuc.evaluation.functional.coco_ap import CocoScores, coco_average_precision
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.evaluation.metrics.coco_file import read_coco_file
from mmnuc.evaluation.metrics.coco_table import ceiling_line, score_table
from mmnuc.evaluation.metrics.sample_layout import ImageResult, ImageTruth, read_result, read_truth
from mmnuc.registry import METRICS

_SUFFIXES = ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')


@METRICS.register_module()
class DenseCocoMetric(BaseMetric):
    """COCO AP at a list of caps, printed as a table.

    Without a cap the keys are mmdet's: ``coco/segm_mAP``, ``_50``, ``_75``, ``_s``, ``_m``, ``_l``
    and the same for ``bbox``; under a cap ``coco/segm_mAP_max100``, ``coco/segm_mAP_50_max100`` and
    ``coco/segm_mAP_75_max100``. Where a cap leaves a perfect answer less than 1, the best
    reachable score is printed beside it. A value of -1 means that the ground truth has no such
    instance; missing predictions score 0.

    Scored are the images that were tested. Images of ``ann_file`` that the data loader left out
    are named in a warning.

    Args:
        ann_file: COCO json with the ground truth; without one it is read from the samples.
        metric: ``'segm'``, ``'bbox'`` or both.
        max_dets: Detections of each class in each image that count; ``None`` for all of them.
        classwise: Whether to report AP and AP50 of every class, in the table and as
            ``coco/segm_mAP_<class>`` and ``coco/segm_mAP_50_<class>``.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: What stands before the slash in the keys, ``coco`` by default.
        collect_dir: Folder for the exchange on the CPU.
    """

    default_prefix = 'coco'

    def __init__(
        self,
        ann_file: str | Path | None = None,
        metric: str | Sequence[str] = ('segm', 'bbox'),
        max_dets: Sequence[int | None] = (100, None),
        classwise: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.kinds = (metric,) if isinstance(metric, str) else tuple(metric)
        self.caps = tuple(max_dets)
        self.classwise = classwise
        # Read now, so that a wrong path is noticed before the images are predicted.
        self.coco_file = None if ann_file is None else read_coco_file(ann_file)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:  # noqa: ARG002
        """Keep the instances of each image, and its annotations where no file has them."""
        for sample in data_samples:
            truth = read_truth(sample) if self.coco_file is None else None
            self.results.append((read_result(sample), truth))

    def compute_metrics(self, results: list[tuple[ImageResult, ImageTruth | None]]) -> dict:
        """Score all images together."""
        classes = self.dataset_meta['classes']
        predicted = [result for result, _ in results]
        pred = _predictions(predicted)
        gt = self._ground_truth(results, classes)
        scores = {
            kind: coco_average_precision(
                gt, pred, kind=kind, num_classes=len(classes), caps=self.caps
            )
            for kind in self.kinds
        }
        rows = classes if self.classwise else ()
        print_log(f'\n{score_table(scores, rows)}', logger='current')
        counts = _instances_by_image(gt, [result.image_id for result in predicted], len(classes))
        for cap in self.caps:
            if cap is not None and (counts > cap).any():
                print_log(ceiling_line(counts, cap), logger='current', level=logging.WARNING)
        return {
            key: value for kind in scores for key, value in self._keys(kind, scores[kind], rows)
        }

    def _ground_truth(
        self, results: list[tuple[ImageResult, ImageTruth | None]], classes: Sequence[str]
    ) -> GroundTruth:
        if self.coco_file is None:
            return _sampled_truth(results)
        tested = {result.image_id for result, _ in results}
        untested = self.coco_file.image_ids - tested
        if untested:
            print_log(
                f'{len(untested)} of the {len(self.coco_file.image_ids)} images of '
                f'{self.coco_file.path} were not tested and are left out of the scores',
                logger='current',
                level=logging.WARNING,
            )
        return self.coco_file.ground_truth(classes, tested)

    def _keys(
        self, kind: str, scores: CocoScores, classes: Sequence[str]
    ) -> list[tuple[str, float]]:
        keys = []
        for cap in self.caps:
            names = [f'{kind}_{suffix}' for suffix in _SUFFIXES]
            if cap is not None:
                names = [f'{name}_max{cap}' for name in names[:3]]
            keys += zip(names, scores.summary(cap=cap), strict=False)
        for label, name in enumerate(classes if None in self.caps else ()):
            keys.append((f'{kind}_mAP_{name}', scores.average(label=label)))
            keys.append((f'{kind}_mAP_50_{name}', scores.average(label=label, iou=0.5)))
        return keys


def _predictions(results: Sequence[ImageResult]) -> Predictions:
    boxes = _joined([result.boxes_xyxy for result in results], (0, 4))
    return Predictions(
        images=np.repeat([r.image_id for r in results], [len(r) for r in results]).astype(np.int64),
        labels=_joined([result.labels for result in results], (0,)).astype(np.int64),
        rles=[rle for result in results for rle in result.rles],
        boxes_xywh=np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
        scores=_joined([result.scores for result in results], (0,)),
    )


def _sampled_truth(results: Sequence[tuple[ImageResult, ImageTruth | None]]) -> GroundTruth:
    truths = [truth for _, truth in results if truth is not None]
    counts = [len(truth.rles) for truth in truths]
    rles = [rle for truth in truths for rle in truth.rles]
    boxes = _joined([truth.boxes_xyxy for truth in truths], (0, 4))
    return GroundTruth(
        images=np.repeat([result.image_id for result, _ in results], counts).astype(np.int64),
        labels=_joined([truth.labels for truth in truths], (0,)).astype(np.int64),
        rles=rles,
        boxes_xywh=np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
        areas=np.array([float(coco_mask.area(rle)) for rle in rles]),
        crowd=_joined([truth.crowd for truth in truths], (0,)).astype(bool),
    )


def _instances_by_image(
    gt: GroundTruth, image_ids: Sequence[int], classes: int
) -> NDArray[np.int64]:
    """True instances of each image and class, crowds not counted, shape (images, classes)."""
    counts = np.zeros((len(image_ids), classes), np.int64)
    row_of = {image: row for row, image in enumerate(image_ids)}
    counted = ~gt.crowd
    rows = [row_of[image] for image in gt.images[counted].tolist()]
    np.add.at(counts, (np.array(rows, np.int64), gt.labels[counted]), 1)
    return counts


def _joined(parts: Sequence[NDArray[Any]], empty_shape: tuple[int, ...]) -> NDArray[Any]:
    return np.concatenate([np.zeros(empty_shape), *parts])
