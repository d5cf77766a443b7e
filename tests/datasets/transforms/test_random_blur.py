"""Blur against scipy's."""

import numpy as np
import pytest
from scipy import ndimage

from mmnuc.datasets.transforms.random_blur import RandomBlur

IMG = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


@pytest.mark.parametrize('sigma', [0.3, 1.0, 2.0])
def test_is_scipys_gaussian(sigma: float) -> None:
    out = RandomBlur(sigma=(sigma, sigma), prob=1)({'img': IMG})['img']
    # OpenCV cuts the bell at three sigmas and works with fixed points.
    expected = ndimage.gaussian_filter(IMG.astype(float), (sigma, sigma, 0), mode='mirror')
    assert np.abs(out - expected).max() < 2
    assert np.abs(out - IMG.astype(float)).max() > 2


def test_sigma_of_0_changes_nothing() -> None:
    assert np.array_equal(RandomBlur(sigma=(0, 0), prob=1)({'img': IMG})['img'], IMG)


def test_sigma_is_drawn_from_the_whole_range() -> None:
    np.random.seed(0)  # noqa: NPY002 - the source of mmdet's transforms
    blur = RandomBlur(sigma=(0.5, 3.0), prob=1)
    spreads = [blur({'img': IMG})['img'].std() for _ in range(60)]
    weakest, strongest = (
        RandomBlur(sigma=(end, end), prob=1)({'img': IMG})['img'].std() for end in (0.5, 3.0)
    )
    assert strongest <= min(spreads) < strongest * 1.1
    assert weakest * 0.85 < max(spreads) <= weakest
