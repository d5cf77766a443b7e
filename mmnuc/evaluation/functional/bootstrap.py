r"""How far a score could have come out otherwise: the bootstrap over images.

[Efron 1979](https://doi.org/10.1214/aos/1176344552), "Bootstrap Methods: Another Look at the
Jackknife", Annals of Statistics. Images are resampled with replacement, as many as there are, and
scored again; the 95 % confidence interval holds the middle 95 % of the values (the percentile
method):

$$
\left[\hat\theta^{*}_{(0.025)},\ \hat\theta^{*}_{(0.975)}\right],\qquad
\hat\theta^{*}_{(q)} \text{ the } q\text{-quantile of } \hat\theta^{*}_1, \dots, \hat\theta^{*}_B
$$

with $B$ resamples and $\hat\theta^{*}_b$ the score of the $b$-th one. Images are what is resampled,
not nuclei: those of one image resemble one another.
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
    """The interval that holds the middle 95 % of the scores of resampled images.

    Attributes:
        low: Its lower end; NaN where there are fewer than two images to resample.
        high: Its upper end.
    """

    low: float
    high: float


def resample_images(images: int, n_resamples: int = N_RESAMPLES, seed: int = 0) -> F64Array:
    """Resample images with replacement.

    Args:
        images: How many there are, and how many each resample takes.
        n_resamples: How often.
        seed: The same seed takes the same images, so that two runs can be compared resample by
            resample.

    Returns:
        How often each image occurs in each resample, of shape (n_resamples, images).

    Example:
        >>> resample_images(3, n_resamples=2).sum(axis=1)
        array([3., 3.])
    """
    if images == 0:
        return np.zeros((n_resamples, 0))
    chances = np.full(images, 1 / images)
    return np.random.default_rng(seed).multinomial(images, chances, n_resamples).astype(np.float64)


def resampled_means(values: ArrayLike, weights: F64Array) -> F64Array:
    """Average scores over each resample; images without a value (NaN) are left out.

    Args:
        values: Scores of each image, of shape (images,) or (images, scores).
        weights: How often each image occurs in each resample, of shape (n_resamples, images).

    Returns:
        Means of shape (n_resamples,) or (n_resamples, scores); NaN where no image of the resample
        has a value.

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


def confidence_interval(resampled: F64Array, images: int) -> ConfidenceInterval:
    """Read the interval off the resampled values.

    Args:
        resampled: The score of each resample, of shape (n_resamples,); NaN where it has none.
        images: Images that were resampled. One image, taken again and again, tells nothing.

    Returns:
        The interval.

    Example:
        >>> confidence_interval(np.linspace(0, 1, 1001), images=5)
        ConfidenceInterval(low=0.025, high=0.975)
        >>> confidence_interval(np.ones(10), images=1)
        ConfidenceInterval(low=nan, high=nan)
    """
    valid = resampled[~np.isnan(resampled)]
    if images < 2 or not len(valid):
        return ConfidenceInterval(float('nan'), float('nan'))
    low, high = np.quantile(valid, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return ConfidenceInterval(round(float(low), 12), round(float(high), 12))


@dataclass(frozen=True)
class Difference:
    """What one run scores above another on the same images.

    Attributes:
        value: The difference.
        confidence_interval: Its interval, from the same resamples of the images for both.
        p_value: Share of resamples in which the sign is not that of ``value``, doubled: two-sided.
            Small: the difference is hardly due to which images were taken.
    """

    value: float
    confidence_interval: ConfidenceInterval
    p_value: float


def paired_difference(value: float, resampled: F64Array, images: int) -> Difference:
    r"""Judge a difference by the differences of the resamples.

    $$
    p = \min\left(1,\ 2 \min\left(\frac{\#\{b : \Delta^{*}_b \le 0\}}{B},\
    \frac{\#\{b : \Delta^{*}_b \ge 0\}}{B}\right)\right)
    $$

    Args:
        value: The difference $\Delta$ on all images.
        resampled: The difference $\Delta^{*}_b$ of each resample, of shape (n_resamples,).
        images: Images that were resampled.

    Returns:
        The difference with its interval and its p-value.

    Example:
        >>> paired_difference(0.1, np.array([0.05, 0.1, 0.15, 0.1]), images=4).p_value
        0.0
    """
    valid = resampled[~np.isnan(resampled)]
    interval = confidence_interval(resampled, images)
    if images < 2 or not len(valid):
        return Difference(value, interval, float('nan'))
    against = min(float((valid <= 0).mean()), float((valid >= 0).mean()))
    return Difference(value, interval, min(1.0, 2 * against))


def bootstrap(score: Callable[[F64Array], float], weights: F64Array) -> F64Array:
    """Score every resample.

    Args:
        score: Gives the score for weights of shape (images,).
        weights: How often each image occurs in each resample, of shape (n_resamples, images).

    Returns:
        The scores, of shape (n_resamples,).

    Example:
        >>> bootstrap(lambda weight: float(weight[0]), np.array([[0.0, 2], [1, 1]])).tolist()
        [0.0, 1.0]
    """
    return np.array([score(weight) for weight in weights], np.float64)
