"""Drawing images again."""

import numpy as np
import pytest

from mmnuc.evaluation.functional.bootstrap import (
    bootstrap,
    confidence_interval,
    paired_difference,
    resample_images,
    resampled_means,
)


def test_a_mean_spreads_as_theory_has_it() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.1, 400)
    spread = confidence_interval(resampled_means(values, resample_images(400, 4000)), 400)
    error = values.std() / np.sqrt(400)
    assert spread.low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert spread.high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)


def test_draws_are_those_of_the_images_written_out() -> None:
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
    spread = confidence_interval(resampled_means([0.5], resample_images(1)), 1)
    assert np.isnan([spread.low, spread.high]).all()
    assert np.isnan(paired_difference(0.1, np.full(9, 0.1), images=1).chance)


def test_no_images_at_all() -> None:
    assert resample_images(0, draws=3).shape == (3, 0)


def test_a_difference_that_may_be_chance() -> None:
    rng = np.random.default_rng(0)
    sure = paired_difference(0.1, rng.normal(0.1, 0.01, 1000), images=9)
    unsure = paired_difference(0.01, rng.normal(0.01, 0.1, 1000), images=9)
    assert sure.chance < 0.01 < 0.5 < unsure.chance <= 1
    assert unsure.spread.low < 0 < unsure.spread.high
