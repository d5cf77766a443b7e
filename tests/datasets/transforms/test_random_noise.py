"""Noise has the spread that was asked for, in each channel."""

import numpy as np
import pytest

from mmnuc.datasets.transforms.random_noise import RandomNoise, add_noise

FLAT = np.full((120, 150, 3), 128, np.uint8)


@pytest.mark.parametrize('per_channel', [True, False])
@pytest.mark.parametrize('sigma', [2.0, 7.5, 15.0])
def test_mean_and_spread_in_each_channel(sigma: float, per_channel: bool) -> None:
    noise = add_noise(FLAT, sigma, 3, per_channel).astype(float) - 128
    # Five standard errors; rounding to whole values adds a variance of 1 / 12.
    assert (abs(noise.mean((0, 1))) < 5 * sigma / 134).all()
    assert (abs(noise.std((0, 1)) - np.hypot(sigma, 12**-0.5)) < 5 * sigma / 189).all()


def test_is_normal() -> None:
    noise = (add_noise(FLAT, 15, 3, False)[..., 0].astype(float) - 128) / 15
    shares = [(abs(noise) < limit).mean() for limit in (1, 2, 3)]
    assert shares == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.025)


def test_channels_have_one_noise_or_their_own() -> None:
    one, own = (add_noise(FLAT, 10, 3, each).reshape(-1, 3).T for each in (False, True))
    assert (one == one[0]).all()
    assert (abs(np.corrcoef(own) - np.eye(3)) < 0.05).all()


def test_is_cut_off_and_never_wraps() -> None:
    black, white = (add_noise(np.full_like(FLAT, v), 15, 3, True) for v in (0, 255))
    assert black.max() < 90
    assert white.min() > 255 - 90
    assert 0.4 < (black == 0).mean() < 0.6


def test_no_noise_at_sigma_0() -> None:
    assert np.array_equal(add_noise(FLAT, 0, 3, True), FLAT)


@pytest.mark.parametrize(('per_channel', 'low', 'high'), [(0, 0, 0), (0.5, 20, 60), (1, 80, 80)])
def test_how_often_channels_have_their_own(per_channel: float, low: int, high: int) -> None:
    np.random.seed(0)  # noqa: NPY002 - the source of mmdet's transforms
    noise = RandomNoise(prob=1, per_channel=per_channel)
    images = [noise({'img': FLAT[:9, :9]})['img'] for _ in range(80)]
    assert low <= sum(bool((img != img[..., :1]).any()) for img in images) <= high
