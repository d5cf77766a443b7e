"""Scores as pure functions with named results."""

from mmnuc.evaluation.functional.ceiling import score_ceiling
from mmnuc.evaluation.functional.coco_ap import (
    CocoScores,
    CocoSummary,
    GroundTruth,
    Predictions,
    coco_average_precision,
)

__all__ = [
    'CocoScores',
    'CocoSummary',
    'GroundTruth',
    'Predictions',
    'coco_average_precision',
    'score_ceiling',
]
