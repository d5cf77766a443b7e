"""What evaluators that score predictions share: collecting both sides, image by image."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo, Predictions
from mmnuc.evaluation.metrics.sample_layout import ImageResult, ImageTruth, read_result, read_truth
from mmnuc.evaluation.results.coco_truth import read_coco_file

Pair = tuple[ImageResult, ImageTruth | None]


class Collected(NamedTuple):
    """The tested images and both sides' instances as columns."""

    images: list[ImageInfo]
    gt: GroundTruth
    pred: Predictions


class ScoredMetric(BaseMetric):
    """Collects predictions and ground truth; a subclass scores them in ``compute_metrics``.

    Scored are the images that were tested. Images of ``ann_file`` that the data loader left out
    are named in a warning.

    Args:
        ann_file: COCO json with the ground truth; without one it is read from the samples.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: What stands before the slash in the keys.
        collect_dir: Folder for the exchange on the CPU.
    """

    def __init__(
        self,
        ann_file: str | Path | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        # Read now, so that a wrong path is noticed before the images are predicted.
        self.coco_file = None if ann_file is None else read_coco_file(ann_file)

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Keep the instances of each image, and its annotations where no file has them."""
        for sample in data_samples:
            truth = read_truth(sample) if self.coco_file is None else None
            self.results.append((read_result(sample), truth))

    def collected(self, results: Sequence[Pair]) -> Collected:
        """Lay out what was collected."""
        predicted = [result for result, _ in results]
        images = [ImageInfo(r.image_id, r.file_name, r.height, r.width) for r in predicted]
        return Collected(images, self._ground_truth(results), _predictions(predicted))

    def _ground_truth(self, results: Sequence[Pair]) -> GroundTruth:
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
        return self.coco_file.ground_truth(self.dataset_meta['classes'], tested)


def resamples_asked(n_resamples: int, draws: int | None) -> int:
    """The number of resamples that a config asks for, also by the key's former name.

    Args:
        n_resamples: What the key holds.
        draws: What its former name holds, ``None`` where it is not written. It is the user's own
            word, so it counts.

    Returns:
        The number.

    Example:
        >>> resamples_asked(1000, None)
        1000
    """
    if draws is None:
        return n_resamples
    _explain_draws()
    return draws


@cache  # once a process: a config names several evaluators
def _explain_draws() -> None:
    print_log(
        'an evaluator is given draws: the key is called n_resamples now (bootstrap resamples of '
        'the images); the old name is still read',
        logger='current',
        level=logging.WARNING,
    )


def _predictions(results: Sequence[ImageResult]) -> Predictions:
    boxes = _joined([result.boxes_xyxy for result in results], (0, 4))
    return Predictions(
        images=np.repeat([r.image_id for r in results], [len(r) for r in results]).astype(np.int64),
        labels=_joined([result.labels for result in results], (0,)).astype(np.int64),
        rles=[dict(rle) for result in results for rle in result.rles],
        boxes_xywh=np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
        scores=_joined([result.scores for result in results], (0,)),
    )


def _sampled_truth(results: Sequence[Pair]) -> GroundTruth:
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


def _joined(parts: Sequence[NDArray[Any]], empty_shape: tuple[int, ...]) -> NDArray[Any]:
    return np.concatenate([np.zeros(empty_shape), *parts])
