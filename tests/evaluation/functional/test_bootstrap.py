"""Resampling images."""

import numpy as np
import pytest

from mmnuc.evaluation.functional.bootstrap import (
    bootstrap,
    confidence_interval,
    paired_difference,
    resample_images,
    resampled_means,
)


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.1, 400)
    interval = confidence_interval(resampled_means(values, resample_images(400, 4000)), 400)
    error = values.std() / np.sqrt(400)
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)


def test_resamples_are_those_of_the_images_written_out() -> None:
    values = np.array([[0.1, 1.0], [0.4, np.nan], [0.7, 3.0]])
    weights = resample_images(3, 20, seed=3)
    assert (weights.sum(axis=1) == 3).all()
    means = resampled_means(values, weights)
    for weight, mean in zip(weights, means, strict=True):
        written = np.repeat(values, weight.astype(int), axis=0)
        with np.errstate(invalid='ignore'):
            expected = [written[:, 0].mean(), np.nansum(written[:, 1]) / (weight[0] + weight[2])]
        assert mean == pytest.approx(expected, nan_ok=True)
    assert bootstrap(lambda w: float(w @ values[:, 0]) / 3, weights) == pytest.approx(means[:, 0])


def test_one_image_tells_nothing() -> None:
    interval = confidence_interval(resampled_means([0.5], resample_images(1)), 1)
    assert np.isnan([interval.low, interval.high]).all()
    assert np.isnan(paired_difference(0.1, np.full(9, 0.1), images=1).p_value)


def test_no_images_at_all() -> None:
    assert resample_images(0, n_resamples=3).shape == (3, 0)


def test_a_difference_that_may_be_chance() -> None:
    rng = np.random.default_rng(0)
    sure = paired_difference(0.1, rng.normal(0.1, 0.01, 1000), images=9)
    unsure = paired_difference(0.01, rng.normal(0.01, 0.1, 1000), images=9)
    assert sure.p_value < 0.01 < 0.5 < unsure.p_value <= 1
    interval = unsure.confidence_interval
    assert interval.low < 0 < interval.high
