"""Samples inside boxes, against torchvision's RoIAlign on the full images."""

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.crops import from_bitmaps
from mmnuc.ops.crops.roi_align import roi_align


def aligned(dense: np.ndarray, rois: np.ndarray, rows: np.ndarray, size: tuple[int, int]):
    masks = torch.from_numpy(dense[rows][:, None]).float()
    numbers = torch.arange(len(rows)).float()[:, None]
    boxes = torch.cat([numbers, torch.from_numpy(rois)], dim=1)
    return torchvision.ops.roi_align(masks, boxes, size, 1.0, 0, True)[:, 0].numpy()


def assert_aligned(dense: np.ndarray, rois, rows, size: tuple[int, int]) -> None:
    rois, rows = np.array(rois, np.float32).reshape(-1, 4), np.array(rows, np.int64)
    got = roi_align(from_bitmaps(dense), rois, rows, *size)
    np.testing.assert_array_equal(got, aligned(dense, rois, rows, size))
    assert got.dtype == np.float32


corner = st.floats(-3, 12, width=32)


@given(data=st.data())
def test_any_boxes(grey_masks, data) -> None:
    dense = data.draw(grey_masks.filter(len))
    roi = st.tuples(corner, corner, corner, corner).map(lambda r: np.sort(r)[[0, 1, 2, 3]])
    rois = data.draw(st.lists(roi, min_size=1, max_size=4))
    rows = [data.draw(st.integers(0, len(dense) - 1)) for _ in rois]
    size = (data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7)))
    assert_aligned(dense, rois, rows, size)


CASES = {
    'the whole image': [0, 0, 8, 9],
    'whole pixels': [2, 3, 6, 7],
    'no extent': [3, 3, 3, 3],
    'upside down': [5, 6, 2, 1],
    'beyond the image': [-4, -4, 12, 15],
    'outside the image': [20, 20, 30, 30],
    'less than a pixel': [3.25, 3.25, 3.75, 3.5],
    'the last pixel': [7, 8, 8, 9],
}


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('size', [(28, 28), (1, 1), (2, 5)])
def test_boxes_one_by_one(case: str, size: tuple[int, int]) -> None:
    dense = (np.random.default_rng(0).random((1, 9, 8)) < 0.6).astype(np.uint8)
    assert_aligned(dense, [CASES[case]], [0], size)


def test_awkward(awkward) -> None:
    h, w = awkward.shape[1:]
    rows = np.arange(len(awkward))
    assert_aligned(awkward, np.tile([-0.3, 0.2, w - 0.4, h + 0.7], (len(rows), 1)), rows, (5, 4))


def test_boxes_that_are_not_finite_give_zeros() -> None:
    rois = np.array([[0, 0, np.inf, 2], [np.nan, 0, 2, 2]], np.float32)
    crops = from_bitmaps(np.ones((1, 2, 2), np.uint8))
    assert not roi_align(crops, rois, np.zeros(2, int), 3, 3).any()


def test_real_tile(vrdl_masks) -> None:
    dense = vrdl_masks('TCGA-18-5592-01Z-00-DX1', most=20)
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 20, 30)
    boxes = from_bitmaps(dense).boxes_xyxy[rows]
    assert_aligned(dense, boxes + rng.normal(0, 3, boxes.shape), rows, (28, 28))


def test_faults() -> None:
    crops = from_bitmaps(np.ones((2, 2, 2), np.uint8))
    rois = np.zeros((1, 4), np.float32)
    with pytest.raises(ValueError, match='1 boxes for 2 masks'):
        roi_align(crops, rois, np.zeros(2, int), 3, 3)
    for row in (-1, 2):
        with pytest.raises(IndexError, match='of 2'):
            roi_align(crops, rois, np.array([row]), 3, 3)
