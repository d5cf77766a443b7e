"""Reinhard's normalisation: L*a*b* as scikit-image has it, and the target's mean and spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import lab2rgb, rgb2lab

from mmnuc.ops.stain.reinhard import (
    REFERENCE,
    LabStatistics,
    lab_statistics,
    normalize_reinhard,
    rgb_to_lab,
)

STAINED = st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 200))
)


def tissue(seed: int = 0) -> np.ndarray:
    """Purples and pinks, none as bright as glass."""
    rng = np.random.default_rng(seed)
    amount = rng.random((60, 50, 1))
    colors = (
        amount * (140, 70, 150) + (1 - amount) * (215, 150, 190) + rng.normal(0, 4, (60, 50, 3))
    )
    return np.rint(colors).astype(np.uint8)


def test_lab_is_that_of_scikit_image() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    rgb[0, :8] = np.stack(np.meshgrid([0, 255], [0, 255], [0, 255]), axis=-1).reshape(-1, 3)
    rgb[1] = np.arange(200)[:, None]
    np.testing.assert_allclose(rgb_to_lab(rgb), rgb2lab(rgb), atol=1e-3)


def test_statistics_are_those_of_the_tissue() -> None:
    rgb = tissue()
    lab = rgb2lab(rgb).reshape(-1, 3)
    found = lab_statistics(rgb)
    np.testing.assert_allclose(found.mean, lab.mean(0), atol=1e-3)
    np.testing.assert_allclose(found.std, lab.std(0), atol=1e-3)
    glass = np.full((200, 50, 3), 245, np.uint8)
    with_glass = lab_statistics(np.concatenate([rgb, glass]))
    np.testing.assert_allclose(with_glass.mean, found.mean, atol=1e-9)
    np.testing.assert_allclose(with_glass.std, found.std, atol=1e-9)


def test_equal_to_the_plain_road() -> None:
    rgb = tissue()
    lab = rgb2lab(rgb)
    mean, std = lab.mean((0, 1)), lab.std((0, 1))
    moved = (lab - mean) / std * REFERENCE.std + REFERENCE.mean
    expected = 255 * lab2rgb(moved)
    assert np.abs(normalize_reinhard(rgb) - expected).max() < 0.51


def test_gets_mean_and_spread_of_the_target() -> None:
    target = LabStatistics(np.array([55.0, 25.0, -14.0]), np.array([9.0, 6.0, 5.0]))
    found = lab_statistics(normalize_reinhard(tissue(), target))
    np.testing.assert_allclose(found.mean, target.mean, atol=0.1)
    np.testing.assert_allclose(found.std, target.std, atol=0.1)


@given(STAINED)
def test_own_statistics_change_nothing(rgb: np.ndarray) -> None:
    own = lab_statistics(rgb)
    if own is not None:
        assert np.array_equal(normalize_reinhard(rgb, own), rgb)


GREYS = np.random.default_rng(0).integers(0, 256, (9, 9, 1), dtype=np.uint8).repeat(3, axis=2)


@pytest.mark.parametrize(
    'rgb',
    [
        np.full((9, 9, 3), 255, np.uint8),
        np.full((9, 9, 3), 242, np.uint8),
        np.zeros((9, 9, 3), np.uint8),
        np.full((9, 9, 3), (140, 80, 160), np.uint8),
        np.full((1, 1, 3), (140, 80, 160), np.uint8),
        GREYS,
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=['white', 'glass', 'black', 'one colour', '1 px', 'grey', 'no pixels'],
)
def test_what_has_no_spread_stays(rgb: np.ndarray) -> None:
    assert lab_statistics(rgb) is None
    assert normalize_reinhard(rgb) is rgb


def test_float_images_are_refused() -> None:
    with pytest.raises(ValueError, match='not float32'):
        normalize_reinhard(np.zeros((4, 4, 3), np.float32))
