"""Shared pixels, against pycocotools and the full images."""

import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import empty, from_bitmaps
from mmnuc.ops.crops.geometry import shift
from mmnuc.ops.overlap.masks import overlaps, pixel_counts


def two_sets(data, masks) -> tuple[np.ndarray, np.ndarray]:
    dense = data.draw(masks.filter(len))
    half = data.draw(st.integers(0, len(dense)))
    return dense[:half], dense[half:]


@given(data=st.data())
def test_against_full_images(grey_masks, data) -> None:
    first, second = two_sets(data, grey_masks)
    pairs = overlaps(from_bitmaps(first), from_bitmaps(second))
    shared = np.einsum('nhw,mhw->nm', (first != 0).astype(int), (second != 0).astype(int))
    np.testing.assert_array_equal(pairs.to_dense(pairs.intersections), shared)
    assert len(pairs) == np.count_nonzero(shared)
    np.testing.assert_array_equal(np.lexsort((pairs.cols, pairs.rows)), np.arange(len(pairs)))
    areas = (first != 0).sum((1, 2)), (second != 0).sum((1, 2))
    np.testing.assert_array_equal(pairs.row_areas, areas[0])
    np.testing.assert_array_equal(pairs.col_areas, areas[1])
    smaller = np.minimum(areas[0][pairs.rows], areas[1][pairs.cols])
    np.testing.assert_array_equal(pairs.ios, pairs.intersections / smaller)


@given(data=st.data())
def test_iou_is_that_of_pycocotools(binary_masks, data) -> None:
    first, second = (from_bitmaps(dense) for dense in two_sets(data, binary_masks))
    pairs = overlaps(first, second)
    wanted = coco.iou(_bytes(first), _bytes(second), [0] * len(second))
    if len(first) and len(second):
        # Two empty masks have no defined overlap there; here they are no pair.
        np.testing.assert_array_equal(pairs.to_dense(pairs.iou), np.nan_to_num(wanted))


def _bytes(crops) -> list[dict]:
    return [{**rle, 'counts': rle['counts'].encode()} for rle in crops_to_rles(crops)]


@given(data=st.data())
def test_within_one_set_each_pair_comes_once(binary_masks, data) -> None:
    crops = from_bitmaps(data.draw(binary_masks))
    once, both = overlaps(crops), overlaps(crops, crops)
    later = both.rows < both.cols
    np.testing.assert_array_equal(once.rows, both.rows[later])
    np.testing.assert_array_equal(once.cols, both.cols[later])
    np.testing.assert_array_equal(once.intersections, both.intersections[later])


def test_nothing_to_compare() -> None:
    some = from_bitmaps(np.ones((2, 3, 3), np.uint8))
    for pairs in (overlaps(empty(3, 3), some), overlaps(some, empty(3, 3)), overlaps(empty(3, 3))):
        assert len(pairs) == len(pairs.iou) == len(pairs.ios) == 0
    assert overlaps(some, empty(3, 3)).to_dense(np.zeros(0)).shape == (2, 0)


def test_pixels_are_counted_whatever_their_value() -> None:
    assert pixel_counts(from_bitmaps(np.array([[[0, 9, 255]], [[0, 0, 0]]], 'uint8'))).tolist() == [
        2,
        0,
    ]


def test_images_of_different_sizes() -> None:
    with pytest.raises(ValueError, match='3 x 4 and 4 x 3'):
        overlaps(empty(3, 4), empty(4, 3))


def test_real_tile(vrdl_masks) -> None:
    first = from_bitmaps(vrdl_masks('TCGA-18-5592-01Z-00-DX1'))
    second = shift(first, 3, -2, 1000, 1000)
    pairs = overlaps(first, second)
    wanted = coco.iou(_bytes(first), _bytes(second), [0] * len(second))
    np.testing.assert_array_equal(pairs.to_dense(pairs.iou), wanted)


def test_large_masks_among_thousands_of_small_ones() -> None:
    """Bands: tall, wide and full-image masks meet every small one exactly once."""
    rng = np.random.default_rng(0)
    dense = np.zeros((60, 90, 120), np.uint8)
    for mask in dense[:-3]:
        y, x = rng.integers(0, 84), rng.integers(0, 114)
        mask[y : y + rng.integers(1, 7), x : x + rng.integers(1, 7)] = 1
    dense[-3, :, 50:53] = dense[-2, 40:43] = dense[-1] = 1
    crops = from_bitmaps(dense)
    flat = dense.reshape(60, -1).astype(np.int64)
    pairs = overlaps(crops, crops)
    np.testing.assert_array_equal(pairs.to_dense(pairs.intersections), flat @ flat.T)
    alone = overlaps(crops)
    np.testing.assert_array_equal(alone.to_dense(alone.intersections), np.triu(flat @ flat.T, 1))
