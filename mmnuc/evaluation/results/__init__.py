"""Result files and ground truths from anywhere, read without a model."""

from mmnuc.evaluation.results.ground_truth import read_ground_truth
from mmnuc.evaluation.results.predictions import read_predictions
from mmnuc.evaluation.results.truth import Truth

__all__ = ['Truth', 'read_ground_truth', 'read_predictions']
