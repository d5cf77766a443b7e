"""Evaluators for MMEngine; configs name them as ``mmnuc.NAME``."""

from mmnuc.evaluation.metrics.dense_coco_metric import DenseCocoMetric
from mmnuc.evaluation.metrics.dump_results import DumpResults
from mmnuc.evaluation.metrics.nuclei_metric import NucleiMetric
from mmnuc.evaluation.metrics.submission_metric import (
    DSB2018Submission,
    TinyVOCSubmission,
    VRDL2021Submission,
)

__all__ = [
    'DSB2018Submission',
    'DenseCocoMetric',
    'DumpResults',
    'NucleiMetric',
    'TinyVOCSubmission',
    'VRDL2021Submission',
]
