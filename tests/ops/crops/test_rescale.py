"""Masks at another scale, against matrices of weights, one full image after the other."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.ops.crops import empty, from_bitmaps, to_bitmaps
from mmnuc.ops.crops import rescale as rescale_module
from mmnuc.ops.crops.rescale import rescale as rescale_crops

SIDES = st.integers(1, 24)


def weights(old: int, new: int) -> np.ndarray:
    """Of every old pixel in every new one, by the definition."""
    found, step = np.zeros((new, old)), old / new
    for i in range(new):
        if step > 1:
            for j in range(old):
                found[i, j] = max(0.0, min((i + 1) * step, j + 1) - max(i * step, j)) / step
        else:
            middle = min(max((i + 0.5) * step - 0.5, 0), old - 1)
            first = int(middle)
            found[i, first] += 1 - (middle - first)
            if first + 1 < old:
                found[i, first + 1] += middle - first
    return found


def test_examples() -> None:
    assert doctest.testmod(rescale_module).failed == 0


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 2**31))
def test_by_definition(height: int, width: int, new_h: int, new_w: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = (rng.random((5, height, width)) < rng.random()).astype(np.uint8) * 7
    masks[0] = 0
    found = rescale_crops(from_bitmaps(masks), new_h, new_w)
    assert (found.height, found.width) == (new_h, new_w)
    assert (found.boxes_xyxy >= 0).all()
    assert (found.boxes_xyxy <= [new_w, new_h, new_w, new_h]).all()
    for mask, seen in zip(masks > 0, to_bitmaps(found), strict=True):
        covered = weights(height, new_h) @ mask @ weights(width, new_w).T
        sure = np.abs(covered - 0.5) > 1e-6
        if covered.max() < 0.5 - 1e-6:
            assert seen.sum() == mask.any()
            assert not mask.any() or covered[seen > 0] == pytest.approx(covered.max())
        else:
            assert np.array_equal(seen[sure] > 0, covered[sure] > 0.5)


@pytest.mark.parametrize(('old', 'new'), [((10, 12), (20, 36)), ((7, 5), (7, 5))])
def test_there_and_back(old: tuple[int, int], new: tuple[int, int]) -> None:
    masks = np.random.default_rng(0).integers(0, 2, (4, *old)).astype(np.uint8)
    there = rescale_crops(from_bitmaps(np.kron(masks, np.ones((1, 4, 4), np.uint8))), *old)
    assert np.array_equal(to_bitmaps(there), masks)
    solid = np.zeros((1, *old), np.uint8)
    solid[0, 1:5, 2:5] = 1
    back = rescale_crops(rescale_crops(from_bitmaps(solid), *new), *old)
    assert np.array_equal(to_bitmaps(back), solid)


def test_nothing_is_lost_below_a_pixel() -> None:
    masks = np.eye(64, dtype=np.uint8).reshape(64, 8, 8)
    found = rescale_crops(from_bitmaps(masks), 1, 1)
    assert found.areas.tolist() == [1] * 64


def test_no_masks_and_no_size() -> None:
    assert len(rescale_crops(empty(4, 5), 8, 10)) == 0
    with pytest.raises(ValueError, match='cannot be scaled to 0 x 3 pixels'):
        rescale_crops(empty(4, 5), 0, 3)
