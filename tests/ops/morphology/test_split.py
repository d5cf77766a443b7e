"""Masks cut at the neck: discs whose necks are known, and what holds for any mask."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mmnuc.ops.crops import Crops, from_bitmaps, to_bitmaps
from mmnuc.ops.morphology.split import find_lobes, split_touching

SHAPE = (60, 90)
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return np.hypot(X - x, Y - y) <= radius


def lobes_of(mask: np.ndarray, **settings_: float) -> Crops:
    return split_touching(from_bitmaps(mask[None]), **settings_)[0]


# Two discs of radius 15 at this distance have a neck of this part of their width.
NECKS = {29: 0.26, 27: 0.44, 25: 0.55, 22: 0.68, 18: 0.8}


@pytest.mark.parametrize('angle', [0, 30, 45, 77, 90])
@pytest.mark.parametrize('distance', NECKS)
def test_discs_are_cut_where_the_neck_is_narrow_enough(distance: int, angle: int) -> None:
    dx, dy = distance / 2 * np.cos(np.radians(angle)), distance / 2 * np.sin(np.radians(angle))
    left, right = disc(45 - dx, 30 - dy, 15), disc(45 + dx, 30 + dy, 15)
    narrow = NECKS[distance]
    assert narrow == pytest.approx(np.sqrt(1 - (distance / 30) ** 2), abs=0.01)
    wide_enough = lobes_of(left | right, neck=narrow + 0.12)
    assert len(wide_enough) == 2
    assert len(lobes_of(left | right, neck=narrow - 0.12)) == 1
    # Both lobes are the discs, up to what the discs share.
    found = to_bitmaps(wide_enough).astype(bool)
    fit = max(
        min((found[i] & (half & ~other)).sum() / (half & ~other).sum() for i, half, other in halves)
        for halves in (
            [(0, left, right), (1, right, left)],
            [(1, left, right), (0, right, left)],
        )
    )
    assert fit > 0.95


@pytest.mark.parametrize('angle', range(0, 180, 20))
@pytest.mark.parametrize('axes', [(12, 12), (20, 8), (25, 6)])
def test_convex_masks_stay_whole(axes: tuple[int, int], angle: int) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    cv2.ellipse(mask, (45, 30), axes, angle, 0, 360, 1, -1)
    assert len(lobes_of(mask)) == 1


def test_a_chain_of_four() -> None:
    mask = disc(12, 30, 10) | disc(31, 30, 10) | disc(50, 30, 10) | disc(69, 30, 10)
    found = to_bitmaps(lobes_of(mask))
    assert sorted(np.flatnonzero(lobe[30])[0] for lobe in found) == [2, 22, 41, 60]


def test_a_small_lobe_stays_with_its_neighbour() -> None:
    mask = disc(30, 30, 15) | disc(48, 30, 3)
    assert len(lobes_of(mask, min_area=10)) == 2
    assert len(lobes_of(mask, min_area=60)) == 1


def test_parts_that_do_not_touch() -> None:
    mask = disc(20, 30, 10) | disc(60, 30, 12) | disc(40, 10, 2)
    found = to_bitmaps(lobes_of(mask, neck=0)).astype(bool)
    speck_and_largest = disc(60, 30, 12) | disc(40, 10, 2)
    np.testing.assert_array_equal(found, [speck_and_largest, disc(20, 30, 10)])


def test_lobes_stand_where_the_mask_stood() -> None:
    two = disc(20, 30, 10) | disc(39, 30, 10)
    dense = np.stack([disc(20, 20, 9), two, np.zeros(SHAPE, bool), two, disc(60, 30, 5)])
    found, sources = split_touching(from_bitmaps(dense))
    assert sources.tolist() == [0, 1, 1, 2, 3, 3, 4]
    for source, mask in enumerate(dense):
        np.testing.assert_array_equal(to_bitmaps(found)[sources == source].any(0), mask)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_pixel_is_lost_or_shared(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    neck = data.draw(st.sampled_from([0.0, 0.5, 0.7, 1.0]))
    min_area = data.draw(st.integers(0, 8))
    found, sources = split_touching(from_bitmaps(dense), neck, min_area)
    assert sorted(set(sources.tolist())) == list(range(len(dense)))
    lobes = to_bitmaps(found)
    for i, mask in enumerate(dense):
        mine = lobes[sources == i]
        np.testing.assert_array_equal(mine.sum(0), mask > 0)
        areas = mine.sum((1, 2))
        assert (np.diff(areas.astype(int)) <= 0).all()
        assert len(mine) == 1 or areas.min() >= max(min_area, 1)


@pytest.mark.parametrize('seed', range(10))
def test_lobes_of_one_part_hang_together(seed: int) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((50, 60)), 3)
    parts, count = ndimage.label(noise > np.median(noise), np.ones((3, 3)))
    several = 0
    for part in range(1, count + 1):
        lobes = find_lobes((parts == part).astype(np.uint8), 0.7, 5)
        several += lobes.max() > 1
        for lobe in range(1, lobes.max() + 1):
            assert ndimage.label(lobes == lobe, np.ones((3, 3)))[1] == 1
    assert several


def test_a_wider_neck_cuts_no_less() -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(3).random((80, 80)), 3)
    mask = noise > np.median(noise)
    counts = [len(lobes_of(mask, neck=neck, min_area=0)) for neck in np.linspace(0, 1, 11)]
    assert all(a <= b for a, b in itertools.pairwise(counts))
    assert counts[0] < counts[-1]


def test_a_neck_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match=r'1\.5'):
        lobes_of(disc(30, 30, 5), neck=1.5)
