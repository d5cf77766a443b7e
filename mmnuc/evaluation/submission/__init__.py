"""Submissions to leaderboards: a writer and a validator for each format."""

from mmnuc.evaluation.submission.fault import SubmissionFault, ValidationReport
from mmnuc.evaluation.submission.formats import FORMATS, SubmissionFormat
from mmnuc.evaluation.submission.image_result import ImageResult
from mmnuc.evaluation.submission.images import BoardImage, BoardImages, read_images

__all__ = [
    'FORMATS',
    'BoardImage',
    'BoardImages',
    'ImageResult',
    'SubmissionFault',
    'SubmissionFormat',
    'ValidationReport',
    'read_images',
]
