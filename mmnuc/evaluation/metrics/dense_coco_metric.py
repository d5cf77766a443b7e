"""COCO's mask and box AP for images with more objects than COCO's tools look at."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

from mmnuc.evaluation.functional.bootstrap import resample_images
from mmnuc.evaluation.functional.coco_ap import CocoScores, coco_average_precision
from mmnuc.evaluation.functional.coco_instances import GroundTruth
from mmnuc.evaluation.metrics.coco_table import score_table, upper_bound_line
from mmnuc.evaluation.metrics.scored_metric import Collected, Pair, ScoredMetric, resamples_asked
from mmnuc.evaluation.scorecard import Scorecard
from mmnuc.evaluation.scorecard.coco_part import coco_numbers
from mmnuc.registry import METRICS

_SUFFIXES = ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')


@METRICS.register_module()
class DenseCocoMetric(ScoredMetric):
    """COCO AP at a list of caps, printed as a table.

    Without a cap the keys are mmdet's: ``coco/segm_mAP``, ``_50``, ``_75``, ``_s``, ``_m``, ``_l``
    and the same for ``bbox``; under a cap ``coco/segm_mAP_max100``, ``coco/segm_mAP_50_max100`` and
    ``coco/segm_mAP_75_max100``. With one cap and nothing else, as in COCO's own protocol, mmdet's
    keys are those under the cap. Where a cap leaves a perfect answer less than 1, the best
    reachable score is printed beside it. A value of -1 means that the ground truth has no such
    instance; missing predictions score 0.

    Args:
        ann_file: COCO json with the ground truth; without one it is read from the samples.
        metric: ``'segm'``, ``'bbox'`` or both.
        max_dets: Detections of each class in each image that count; ``None`` for all of them.
        classwise: Whether to report AP and AP50 of every class, in the table and as
            ``coco/segm_mAP_<class>`` and ``coco/segm_mAP_50_<class>``.
        n_resamples: Bootstrap resamples of the images for the confidence interval, which is printed
            with every number; 0 for none. It takes 3 seconds for 1,000 resamples of 4,000
            predictions, and grows with both.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: What stands before the slash in the keys, ``coco`` by default.
        collect_dir: Folder for the exchange on the CPU.
        draws: Former name of ``n_resamples``.
    """

    default_prefix = 'coco'

    def __init__(
        self,
        ann_file: str | Path | None = None,
        metric: str | Sequence[str] = ('segm', 'bbox'),
        max_dets: Sequence[int | None] = (100, None),
        classwise: bool = False,
        n_resamples: int = 0,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
        draws: int | None = None,
    ) -> None:
        super().__init__(ann_file, collect_device, prefix, collect_dir)
        self.kinds = (metric,) if isinstance(metric, str) else tuple(metric)
        self.caps = tuple(max_dets)
        # Whose keys are mmdet's, and whose scores are given class by class.
        self.plain_cap = self.caps[0] if len(self.caps) == 1 else None
        self.classwise = classwise
        self.n_resamples = resamples_asked(n_resamples, draws)

    def compute_metrics(self, results: Sequence[Pair]) -> dict[str, float]:
        """Score all images together."""
        classes = self.dataset_meta['classes']
        images, gt, pred = collected = self.collected(results)
        scores = {
            kind: coco_average_precision(
                gt, pred, kind=kind, num_classes=len(classes), caps=self.caps
            )
            for kind in self.kinds
        }
        rows = classes if self.classwise else ()
        table = score_table(scores, rows, self.plain_cap)
        print_log(f'\n{table}', logger='current')
        if self.n_resamples:
            print_log(f'\n{self._interval_table(collected, len(classes))}', logger='current')
        counts = _instances_by_image(gt, [image.id for image in images], len(classes))
        for cap in self.caps:
            if cap is not None and (counts > cap).any():
                print_log(upper_bound_line(counts, cap), logger='current', level=logging.WARNING)
        return {
            key: value for kind in scores for key, value in self._keys(kind, scores[kind], rows)
        }

    def _interval_table(self, collected: Collected, classes: int) -> str:
        weights = resample_images(len(collected.images), self.n_resamples)
        numbers = [
            number
            for kind in self.kinds
            for number in coco_numbers(
                *collected, kind=kind, num_classes=classes, caps=self.caps, weights=weights
            )
        ]
        return Scorecard(
            scores={number.key: number.value for number in numbers},
            resampled={number.key: number.resampled for number in numbers},
            upper_bounds={n.key: n.upper_bound for n in numbers if n.upper_bound is not None},
            images=[{}] * len(collected.images),
            settings={},
        ).table()

    def _keys(
        self, kind: str, scores: CocoScores, classes: Sequence[str]
    ) -> list[tuple[str, float]]:
        keys: list[tuple[str, float]] = []
        for cap in self.caps:
            names = [f'{kind}_{suffix}' for suffix in _SUFFIXES]
            if cap != self.plain_cap:
                names = [f'{name}_max{cap}' for name in names[:3]]
            keys += zip(names, scores.summary(cap=cap), strict=False)
        plain = self.plain_cap
        for label, name in enumerate(classes if plain in self.caps else ()):
            keys.append((f'{kind}_mAP_{name}', scores.average(cap=plain, label=label)))
            keys.append((f'{kind}_mAP_50_{name}', scores.average(cap=plain, label=label, iou=0.5)))
        return keys


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
