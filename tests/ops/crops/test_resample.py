"""Scaling, against cv2 on the full images."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.ops.crops import resample as crops_resample


def scaled(dense: np.ndarray, height: int, width: int, code: int) -> np.ndarray:
    out = [cv2.resize(mask, (width, height), interpolation=code) for mask in dense]
    return np.array(out, np.uint8).reshape(-1, height, width)


def assert_scaled(dense: np.ndarray, height: int, width: int, interpolation: str) -> None:
    crops = crops_resample.resize(from_bitmaps(dense), height, width, interpolation)
    wanted = scaled(dense, height, width, crops_resample.INTERPOLATIONS[interpolation])
    np.testing.assert_array_equal(to_bitmaps(crops), wanted)
    np.testing.assert_array_equal(crops.boxes_xyxy, from_bitmaps(wanted).boxes_xyxy)
    assert (crops.height, crops.width) == (height, width)


@given(data=st.data())
def test_nearest(grey_masks, data) -> None:
    height, width = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    assert_scaled(data.draw(grey_masks), height, width, 'nearest')


@pytest.mark.parametrize('interpolation', ['bilinear', 'bicubic', 'area', 'lanczos'])
@given(data=st.data())
def test_blending(grey_masks, interpolation: str, data) -> None:
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    assert_scaled(data.draw(grey_masks), height, width, interpolation)


@pytest.mark.parametrize('size', [(1, 1), (3, 17), (40, 40)])
def test_awkward(awkward, size: tuple[int, int]) -> None:
    assert_scaled(awkward, *size, 'nearest')


def test_nearest_takes_the_pixels_that_cv2_takes() -> None:
    rng = np.random.default_rng(0)
    pairs = [(old, new) for old in range(1, 40) for new in range(1, 80)]
    pairs += rng.integers(1, 3000, (400, 2)).tolist()
    # Exact multiples and near misses are where rounding decides.
    pairs += [(old, new) for old in (333, 512, 1000) for new in range(old // 2 - 3, 2 * old, 97)]
    for old, new in pairs:
        row = np.arange(old, dtype=np.int32)[None].astype(np.float32)
        wanted = cv2.resize(row, (new, 1), interpolation=cv2.INTER_NEAREST)[0]
        np.testing.assert_array_equal(crops_resample.source_index(old, new), wanted)


@pytest.mark.parametrize('size', [(800, 800), (1333, 1333), (417, 640)])
def test_real_tile(vrdl_masks, size: tuple[int, int]) -> None:
    assert_scaled(vrdl_masks('TCGA-18-5592-01Z-00-DX1', most=15), *size, 'nearest')


def test_faults() -> None:
    crops = from_bitmaps(np.ones((1, 2, 2), np.uint8))
    with pytest.raises(ValueError, match='0 x 3 pixels'):
        crops_resample.resize(crops, 0, 3)
    with pytest.raises(ValueError, match='interpolation must be one of'):
        crops_resample.resize(crops, 3, 3, 'cubic')
