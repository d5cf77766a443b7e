"""Evaluators that write a board's submission at the end of a test."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmnuc.evaluation.metrics.sample_layout import ImageResult, read_result
from mmnuc.evaluation.results.categories import categories_of_labels
from mmnuc.evaluation.submission.formats import FORMATS, SubmissionFormat
from mmnuc.evaluation.submission.images import BoardImages, read_images
from mmnuc.registry import METRICS


class SubmissionMetric(BaseMetric):
    """Writes the predictions of all test images in one board's format.

    The test set needs no annotations. The file is validated before it gets its name; with a fault
    nothing is written and the run fails. Under several processes rank 0 writes it once, with the
    bytes that a single process writes.

    Args:
        ann_file: Images json of the test set: ids, names, sizes and the order of the images.
        outfile: The file to write.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        prefix: What stands before the slash in the key ``entries``; the format by default.
        collect_dir: Folder for the exchange on the CPU.
    """

    file_format: ClassVar[SubmissionFormat]

    def __init__(
        self,
        ann_file: str | Path,
        outfile: str | Path,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.ann_file = str(ann_file)
        self.outfile = Path(outfile)
        # Read now, so that a wrong path is noticed before the images are predicted.
        self.images = read_images(ann_file)

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Keep the instances of each image."""
        self.results.extend(read_result(sample) for sample in data_samples)

    def compute_metrics(self, results: list[ImageResult]) -> dict[str, int]:
        """Write the file and say how many entries it has."""
        report = self.file_format.write(self.outfile, results, self.board_images())
        for fault in report.warnings:
            print_log(f'{self.outfile}: {fault.text}', logger='current', level=logging.WARNING)
        entries = sum(report.entries.values())
        predicted = sum(len(result) for result in results)
        left_out = f' ({predicted - entries} empty or doubled left out)'
        print_log(
            f'{self.outfile}: {entries} entries for {len(report.entries)} images'
            f'{left_out if predicted > entries else ""}, checked',
            logger='current',
        )
        return {'entries': entries}

    def board_images(self) -> BoardImages:
        """The images of the board as the format's writer wants them."""
        return self.images


@METRICS.register_module()
class VRDL2021Submission(SubmissionMetric):
    """Writes ``answer.json`` of the VRDL 2021 board; see :class:`SubmissionMetric`."""

    file_format = FORMATS['vrdl2021']
    default_prefix = 'vrdl2021'


@METRICS.register_module()
class TinyVOCSubmission(SubmissionMetric):
    """Writes the list of the Tiny PASCAL VOC board; see :class:`SubmissionMetric`."""

    file_format = FORMATS['tiny_voc']
    default_prefix = 'tiny_voc'

    def board_images(self) -> BoardImages:
        """The images, with the category of every label as the data set numbers them."""
        images = self.images
        if not images.category_ids:
            return images
        classes = self.dataset_meta['classes']
        names, ids = images.category_names, images.category_ids
        categories = categories_of_labels(classes, names, ids, self.ann_file)
        return replace(images, category_ids=categories)


@METRICS.register_module()
class DSB2018Submission(SubmissionMetric):
    """Writes the table of the Data Science Bowl 2018; see :class:`SubmissionMetric`."""

    file_format = FORMATS['dsb2018']
    default_prefix = 'dsb2018'
