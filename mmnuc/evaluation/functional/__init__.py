"""Scores as pure functions with named results."""

from mmnuc.evaluation.functional.aggregated_jaccard_index import (
    aggregated_jaccard_index,
    aggregated_jaccard_index_plus,
)
from mmnuc.evaluation.functional.ceiling import score_ceiling
from mmnuc.evaluation.functional.coco_ap import (
    CocoScores,
    CocoSummary,
    GroundTruth,
    Predictions,
    coco_average_precision,
)
from mmnuc.evaluation.functional.detection import Detection, average_precision, f1_score
from mmnuc.evaluation.functional.dice import dice, instance_dice
from mmnuc.evaluation.functional.hausdorff import HausdorffDistances, hausdorff_distance
from mmnuc.evaluation.functional.nuclei_scores import NucleiScores, nuclei_scores
from mmnuc.evaluation.functional.panoptic_quality import PanopticQuality, panoptic_quality

__all__ = [
    'CocoScores',
    'CocoSummary',
    'Detection',
    'GroundTruth',
    'HausdorffDistances',
    'NucleiScores',
    'PanopticQuality',
    'Predictions',
    'aggregated_jaccard_index',
    'aggregated_jaccard_index_plus',
    'average_precision',
    'coco_average_precision',
    'dice',
    'f1_score',
    'hausdorff_distance',
    'instance_dice',
    'nuclei_scores',
    'panoptic_quality',
    'score_ceiling',
]
