"""How far a score could have come out otherwise: the bootstrap over images.

Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 1979. Images are
drawn with replacement, as many as there are, and scored again; the interval holds the middle 95 %
of the values (the percentile method). Images are what is drawn, not nuclei: those of one image
resemble one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mmnuc.ops.arrays import F64Array

LEVEL = 0.95
N_RESAMPLES = 1000


@dataclass(frozen=True)
class ConfidenceInterval:
    """The interval that holds the middle 95 % of the scores of drawn images.

    Attributes:
        low: Its lower end; NaN where there are fewer than two images to draw from.
        high: Its upper end.
    """

    low: float
    high: float


def resample_images(images: int, draws: int = N_RESAMPLES, seed: int = 0) -> F64Array:
    """Draw images with replacement.

    Args:
        images: How many there are, and how many each draw takes.
        draws: How often.
        seed: The same seed draws the same images, so that two runs can be compared draw by draw.

    Returns:
        How often each image occurs in each draw, of shape (draws, images).

    Example:
        >>> resample_images(3, draws=2).sum(axis=1)
        array([3., 3.])
    """
    if images == 0:
        return np.zeros((draws, 0))
    chances = np.full(images, 1 / images)
    return np.random.default_rng(seed).multinomial(images, chances, draws).astype(np.float64)


def resampled_means(values: ArrayLike, weights: F64Array) -> F64Array:
    """Average scores over each draw; images without a value (NaN) are left out.

    Args:
        values: Scores of each image, of shape (images,) or (images, scores).
        weights: How often each image occurs in each draw, of shape (draws, images).

    Returns:
        Means of shape (draws,) or (draws, scores); NaN where no image drawn has a value.

    Example:
        >>> weights = np.array([[1.0, 1, 1], [3, 0, 0]])
        >>> resampled_means([0.2, 0.4, np.nan], weights).round(6).tolist()
        [0.3, 0.2]
    """
    table = np.asarray(values, np.float64)
    known = ~np.isnan(table)
    counts = weights @ known.astype(np.float64)
    with np.errstate(invalid='ignore'):
        means: F64Array = (weights @ np.where(known, table, 0.0)) / counts
    return means


def confidence_interval(drawn: F64Array, images: int) -> ConfidenceInterval:
    """Read the interval off the drawn values.

    Args:
        drawn: The score of each draw, of shape (draws,); NaN where it has none.
        images: Images drawn from. One image, drawn again and again, tells nothing.

    Returns:
        The interval.

    Example:
        >>> confidence_interval(np.linspace(0, 1, 1001), images=5)
        ConfidenceInterval(low=0.025, high=0.975)
        >>> confidence_interval(np.ones(10), images=1)
        ConfidenceInterval(low=nan, high=nan)
    """
    valid = drawn[~np.isnan(drawn)]
    if images < 2 or not len(valid):
        return ConfidenceInterval(float('nan'), float('nan'))
    low, high = np.quantile(valid, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return ConfidenceInterval(round(float(low), 12), round(float(high), 12))


@dataclass(frozen=True)
class Difference:
    """What one run scores above another on the same images.

    Attributes:
        value: The difference.
        spread: Its interval, from draws of the same images for both.
        chance: Share of draws in which the sign is not that of ``value``, doubled: a two-sided
            p-value. Small: the difference is hardly due to which images were taken.
    """

    value: float
    spread: ConfidenceInterval
    chance: float


def paired_difference(value: float, drawn: F64Array, images: int) -> Difference:
    """Judge a difference by the differences of the draws.

    Args:
        value: The difference on all images.
        drawn: The difference of each draw, of shape (draws,).
        images: Images drawn from.

    Returns:
        The difference with its interval.

    Example:
        >>> paired_difference(0.1, np.array([0.05, 0.1, 0.15, 0.1]), images=4).chance
        0.0
    """
    valid = drawn[~np.isnan(drawn)]
    if images < 2 or not len(valid):
        return Difference(value, confidence_interval(drawn, images), float('nan'))
    against = min(float((valid <= 0).mean()), float((valid >= 0).mean()))
    return Difference(value, confidence_interval(drawn, images), min(1.0, 2 * against))


def bootstrap(score: Callable[[F64Array], float], weights: F64Array) -> F64Array:
    """Score every draw.

    Args:
        score: Gives the score for weights of shape (images,).
        weights: How often each image occurs in each draw, of shape (draws, images).

    Returns:
        The scores, of shape (draws,).

    Example:
        >>> bootstrap(lambda drawn: float(drawn[0]), np.array([[0.0, 2], [1, 1]])).tolist()
        [0.0, 1.0]
    """
    return np.array([score(drawn) for drawn in weights], np.float64)
