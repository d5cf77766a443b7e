"""Masks on both roads: mmdet's full images and our crops."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mmdet.structures.mask import BitmapMasks

from mmnuc.structures import CropMasks


@pytest.fixture(scope='session')
def grey_masks() -> st.SearchStrategy[np.ndarray]:
    """Random dense masks of up to 4 masks of up to 9 x 9 pixels."""
    shapes = st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9))
    values = st.sampled_from([0, 0, 1, 1, 255])
    return shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape, elements=values))


@pytest.fixture(scope='session')
def assert_same() -> Callable[[CropMasks, BitmapMasks], None]:
    """Compare the result of one operation on both roads."""

    def compare(crops: CropMasks, dense: BitmapMasks) -> None:
        assert isinstance(crops, CropMasks)
        assert (crops.height, crops.width) == (dense.height, dense.width)
        assert len(crops) == len(dense)
        np.testing.assert_array_equal(crops.to_ndarray(), dense.to_ndarray())
        assert crops.to_ndarray().dtype == np.uint8
        tight = CropMasks.from_bitmaps(dense.to_ndarray().astype(np.uint8))
        np.testing.assert_array_equal(crops.boxes_xyxy, tight.boxes_xyxy)
        np.testing.assert_array_equal(crops.offsets, tight.offsets)
        np.testing.assert_array_equal(crops.areas, dense.areas)

    return compare
