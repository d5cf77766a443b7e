"""Affine maps, against cv2 on the full images."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.ops.crops import warp as crops_warp
from mmnuc.ops.crops.resample import INTERPOLATIONS


def warped(dense: np.ndarray, matrix: np.ndarray, interpolation: str, border: int) -> np.ndarray:
    """Move each full image with cv2, all with the same border."""
    size = dense.shape[:0:-1]
    code = INTERPOLATIONS[interpolation]
    out = [cv2.warpAffine(m, matrix, size, flags=code, borderValue=border) for m in dense]
    return np.array(out, np.uint8).reshape(dense.shape)


def assert_warped(
    dense: np.ndarray, matrix: np.ndarray, interpolation: str = 'bilinear', border: int = 0
) -> None:
    crops = crops_warp.warp(from_bitmaps(dense), matrix, interpolation, (border,) * 4)
    wanted = warped(dense, matrix, interpolation, border)
    np.testing.assert_array_equal(to_bitmaps(crops), wanted)
    np.testing.assert_array_equal(crops.boxes_xyxy, from_bitmaps(wanted).boxes_xyxy)


def number(most: float) -> st.SearchStrategy[float]:
    return st.floats(-most, most, width=32)


matrices = st.tuples(*(number(most) for most in (2, 2, 12, 2, 2, 12))).map(
    lambda values: np.array(values, np.float64).reshape(2, 3)
)


@pytest.mark.parametrize('interpolation', ['nearest', 'bilinear', 'area', 'bicubic', 'lanczos'])
@given(data=st.data())
def test_any_map(grey_masks, interpolation: str, data) -> None:
    assert_warped(data.draw(grey_masks), data.draw(matrices), interpolation)


@given(data=st.data())
def test_borders(binary_masks, data) -> None:
    border = data.draw(st.sampled_from([1, 255]))
    assert_warped(data.draw(binary_masks), data.draw(matrices), border=border)


@given(data=st.data())
def test_moves_by_fractions(grey_masks, data) -> None:
    right, down = data.draw(number(12)), data.draw(number(12))
    assert_warped(data.draw(grey_masks), np.float32([[1, 0, right], [0, 1, down]]))


@pytest.mark.parametrize('angle', [-180, -90, -37.5, 1, 45, 90, 133.7])
def test_rotated_awkward(awkward, angle: float) -> None:
    h, w = awkward.shape[1:]
    assert_warped(awkward, cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), angle, 1.0))


def test_every_fourth_border_belongs_to_one_mask() -> None:
    crops = crops_warp.warp(
        from_bitmaps(np.zeros((6, 1, 3), np.uint8)),
        np.array([[1.0, 0, 1], [0, 1, 0]]),
        borders=(1, 2, 3, 0),
    )
    assert to_bitmaps(crops)[:, 0, 0].tolist() == [1, 2, 3, 0, 1, 2]


@pytest.mark.parametrize('angle', [0.3, 31.0])
def test_real_tile(vrdl_masks, angle: float) -> None:
    dense = vrdl_masks('TCGA-18-5592-01Z-00-DX1', most=15)
    assert_warped(dense, cv2.getRotationMatrix2D((499.5, 499.5), angle, 1.2))


def test_unknown_interpolation() -> None:
    with pytest.raises(ValueError, match='interpolation must be one of'):
        crops_warp.warp(from_bitmaps(np.ones((1, 2, 2), np.uint8)), np.eye(2, 3), 'cubic')
