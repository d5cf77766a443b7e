"""Every score of a set of images: confidence intervals, upper bounds, a row for each image."""

from mmnuc.evaluation.scorecard.card import Scorecard
from mmnuc.evaluation.scorecard.score import score_images

__all__ = ['Scorecard', 'score_images']
