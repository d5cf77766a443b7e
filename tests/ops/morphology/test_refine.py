"""Neater masks, against scipy on full images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mmnuc.ops.crops import Crops, from_bitmaps, to_bitmaps
from mmnuc.ops.morphology.refine import (
    binary,
    disc,
    drop_specks,
    fill_holes,
    largest_part,
    smooth,
    unchanged,
    widened,
)

CORNERS = np.ones((3, 3))


def filled(mask: np.ndarray) -> np.ndarray:
    return ndimage.binary_fill_holes(mask)


def without_specks(mask: np.ndarray, min_area: int) -> np.ndarray:
    labels, _ = ndimage.label(mask, CORNERS)
    areas = np.bincount(labels.ravel())
    return (areas >= min_area)[labels] & (labels > 0)


def only_largest(mask: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(mask, CORNERS)
    return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]) if count else mask > 0


REFINERS = {
    'holes': (fill_holes, filled),
    'small holes': (lambda c: fill_holes(c, 2), None),
    'specks': (lambda c: drop_specks(c, 3), lambda m: without_specks(m, 3)),
    'largest': (largest_part, only_largest),
}


def filled_small(mask: np.ndarray) -> np.ndarray:
    labels, _ = ndimage.label(filled(mask) & (mask == 0))
    small = np.bincount(labels.ravel()) <= 2
    small[0] = False
    return (mask > 0) | small[labels]


REFINERS['small holes'] = (REFINERS['small holes'][0], filled_small)


def assert_masks(found: Crops, expected: list[np.ndarray], shape: tuple[int, ...]) -> None:
    dense = np.array(expected, np.uint8).reshape(shape)
    np.testing.assert_array_equal(to_bitmaps(found), dense)
    tight = from_bitmaps(dense)
    np.testing.assert_array_equal(found.boxes_xyxy, tight.boxes_xyxy)
    np.testing.assert_array_equal(found.offsets, tight.offsets)


@pytest.mark.parametrize(('ours', 'theirs'), REFINERS.values(), ids=REFINERS)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_as_scipy_on_full_images(binary_masks, ours, theirs, data) -> None:
    dense = data.draw(binary_masks)
    assert_masks(ours(from_bitmaps(dense)), [theirs(mask) for mask in dense], dense.shape)


@pytest.mark.parametrize('ours', [ours for ours, _ in REFINERS.values()], ids=REFINERS)
def test_awkward_masks(ours, awkward: np.ndarray) -> None:
    theirs = next(theirs for mine, theirs in REFINERS.values() if mine is ours)
    assert_masks(ours(from_bitmaps(awkward)), [theirs(mask) for mask in awkward], awkward.shape)


def opened(mask: np.ndarray, radius: float) -> np.ndarray:
    eroded = ndimage.binary_erosion(mask, disc(radius), border_value=1)
    return ndimage.binary_dilation(eroded, disc(radius))


def voted(mask: np.ndarray, radius: float) -> np.ndarray:
    near = disc(radius).astype(int)
    return ndimage.convolve(mask.astype(int), near, mode='nearest') * 2 > near.sum()


def blurred(mask: np.ndarray, sigma: float) -> np.ndarray:
    reach = int(np.ceil(4 * sigma))
    return ndimage.gaussian_filter(mask.astype(float), sigma, mode='nearest', radius=reach)


@pytest.fixture(scope='module')
def blobs() -> np.ndarray:
    """Rough masks (N, 40, 50), some cut by the border of the image, some tiny."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).random((12, 40, 50)), (0, 2, 2))
    rough = noise > np.quantile(noise, 0.7)
    rough ^= np.random.default_rng(1).random(rough.shape) < 0.02
    tiny = np.zeros((2, 40, 50), bool)
    tiny[0, 5, 7] = tiny[1, 39, 49] = True
    return np.concatenate([rough, tiny]).astype(np.uint8)


@pytest.mark.parametrize('radius', [1, 1.5, 2, 3, 7])
@pytest.mark.parametrize(('method', 'theirs'), [('opening', opened), ('majority', voted)])
def test_smoothed_as_on_the_full_image(blobs, method: str, theirs, radius: float) -> None:
    expected = [theirs(mask, radius) for mask in blobs]
    # What would vanish stays as it is.
    expected = [after if after.any() else m for m, after in zip(blobs, expected, strict=True)]
    assert_masks(smooth(from_bitmaps(blobs), radius, method), expected, blobs.shape)


@pytest.mark.parametrize('sigma', [0.6, 1.3, 3])
def test_blurred_as_on_the_full_image(blobs, sigma: float) -> None:
    found = to_bitmaps(smooth(from_bitmaps(blobs), sigma, 'gaussian'))
    for mask, after in zip(blobs, found, strict=True):
        levels = blurred(mask, sigma)
        if not (levels > 0.5).any():
            np.testing.assert_array_equal(after, mask)
            continue
        sure = np.abs(levels - 0.5) > 1e-5
        np.testing.assert_array_equal(after[sure], (levels > 0.5)[sure])
        assert sure.mean() > 0.99


@pytest.mark.parametrize('method', ['opening', 'majority', 'gaussian'])
def test_a_nucleus_cut_by_the_border_is_not_rounded_there(method: str) -> None:
    half = np.zeros((1, 30, 40), np.uint8)
    half[0, :, :10] = 1
    assert_masks(smooth(from_bitmaps(half), 2, method), [half[0]], half.shape)


@pytest.mark.parametrize(
    ('radius', 'method', 'words'),
    [(0, 'opening', 'above 0'), (float('nan'), 'opening', 'above 0'), (1, 'closing', "'closing'")],
)
def test_smoothing_that_makes_no_sense(radius: float, method: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        smooth(from_bitmaps(np.ones((1, 2, 2), np.uint8)), radius, method)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_unchanged_masks(grey_masks, data) -> None:
    before = data.draw(grey_masks)
    after = before.copy()
    if before.size:
        after.flat[data.draw(st.integers(0, before.size - 1))] ^= 1
    expected = [not ((a > 0) != (b > 0)).any() for a, b in zip(before, after, strict=True)]
    assert unchanged(from_bitmaps(before), from_bitmaps(after)).tolist() == expected


def test_masks_of_another_number_cannot_be_compared() -> None:
    one, none = (from_bitmaps(np.ones((n, 2, 2), np.uint8)) for n in (1, 0))
    with pytest.raises(ValueError, match='1 masks'):
        unchanged(one, none)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_margin_changes_no_mask(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    crops = widened(from_bitmaps(dense), data.draw(st.integers(0, 12)))
    np.testing.assert_array_equal(to_bitmaps(crops), dense)
    np.testing.assert_array_equal(to_bitmaps(binary(crops)), dense > 0)
