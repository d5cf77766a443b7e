"""Scores as pure functions with named results."""

from mmnuc.evaluation.functional.aggregated_jaccard_index import (
    aggregated_jaccard_index,
    aggregated_jaccard_index_plus,
)
from mmnuc.evaluation.functional.coco_ap import (
    CocoScores,
    CocoSummary,
    coco_average_precision,
    coco_scores,
)
from mmnuc.evaluation.functional.coco_instances import GroundTruth, Predictions
from mmnuc.evaluation.functional.coco_matching import CocoMatches, match_instances
from mmnuc.evaluation.functional.detection import Detection, average_precision, f1_score
from mmnuc.evaluation.functional.dice import dice, instance_dice
from mmnuc.evaluation.functional.errors import ErrorClass, Errors, classify_errors
from mmnuc.evaluation.functional.hausdorff import HausdorffDistances, hausdorff_distance
from mmnuc.evaluation.functional.multi_class import (
    MultiClassQuality,
    class_qualities,
    multi_class_panoptic_quality,
)
from mmnuc.evaluation.functional.nuclei_scores import NucleiScores, nuclei_scores
from mmnuc.evaluation.functional.panoptic_quality import PanopticQuality, panoptic_quality
from mmnuc.evaluation.functional.upper_bound import nuclei_upper_bounds, score_upper_bound

__all__ = [
    'CocoMatches',
    'CocoScores',
    'CocoSummary',
    'Detection',
    'ErrorClass',
    'Errors',
    'GroundTruth',
    'HausdorffDistances',
    'MultiClassQuality',
    'NucleiScores',
    'PanopticQuality',
    'Predictions',
    'aggregated_jaccard_index',
    'aggregated_jaccard_index_plus',
    'average_precision',
    'class_qualities',
    'classify_errors',
    'coco_average_precision',
    'coco_scores',
    'dice',
    'f1_score',
    'hausdorff_distance',
    'instance_dice',
    'match_instances',
    'multi_class_panoptic_quality',
    'nuclei_scores',
    'nuclei_upper_bounds',
    'panoptic_quality',
    'score_upper_bound',
]
