"""Moves by whole pixels, against numpy on the full images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.crops import Crops, from_bitmaps, to_bitmaps
from mmnuc.ops.crops import geometry as crops_geometry


def assert_shows(crops: Crops, dense: np.ndarray) -> None:
    """The crops show these full images, and are as tight as they can be."""
    assert (crops.height, crops.width) == dense.shape[1:]
    np.testing.assert_array_equal(to_bitmaps(crops), dense)
    np.testing.assert_array_equal(crops.boxes_xyxy, from_bitmaps(dense).boxes_xyxy)
    np.testing.assert_array_equal(crops.offsets, from_bitmaps(dense).offsets)


AXES = {'horizontal': 2, 'vertical': 1, 'diagonal': (1, 2)}


@pytest.mark.parametrize('direction', AXES)
@given(data=st.data())
def test_flip(grey_masks, direction: str, data) -> None:
    dense = data.draw(grey_masks)
    flipped = crops_geometry.flip(from_bitmaps(dense), direction)
    assert_shows(flipped, np.flip(dense, AXES[direction]))


def test_flip_awkward(awkward) -> None:
    assert_shows(crops_geometry.flip(from_bitmaps(awkward), 'diagonal'), awkward[:, ::-1, ::-1])


@given(data=st.data())
def test_crop(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    _, h, w = dense.shape
    x1, y1 = data.draw(st.integers(0, w)), data.draw(st.integers(0, h))
    x2, y2 = data.draw(st.integers(x1, w)), data.draw(st.integers(y1, h))
    cut = crops_geometry.crop(from_bitmaps(dense), (x1, y1, x2, y2))
    assert_shows(cut, dense[:, y1:y2, x1:x2])


@given(data=st.data())
def test_shift(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    n, h, w = dense.shape
    right, down = data.draw(st.integers(-12, 12)), data.draw(st.integers(-12, 12))
    height, width = data.draw(st.integers(1, 15)), data.draw(st.integers(1, 15))
    wide = np.zeros((n, 40 + h + height, 40 + w + width), np.uint8)
    wide[:, 20 + down : 20 + down + h, 20 + right : 20 + right + w] = dense
    moved = crops_geometry.shift(from_bitmaps(dense), right, down, height, width)
    assert_shows(moved, wide[:, 20 : 20 + height, 20 : 20 + width])


@pytest.mark.parametrize('value', [0, 1, 255])
@given(data=st.data())
def test_pad(grey_masks, value: int, data) -> None:
    dense = data.draw(grey_masks)
    _, h, w = dense.shape
    more_h, more_w = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    wanted = np.pad(dense, ((0, 0), (0, more_h), (0, more_w)), constant_values=value)
    assert_shows(crops_geometry.pad(from_bitmaps(dense), h + more_h, w + more_w, value), wanted)


def test_faults() -> None:
    crops = from_bitmaps(np.ones((1, 4, 5), np.uint8))
    with pytest.raises(ValueError, match='flip direction'):
        crops_geometry.flip(crops, 'sideways')
    with pytest.raises(ValueError, match='4 x 5 pixels'):
        crops_geometry.crop(crops, (0, 0, 6, 4))
    with pytest.raises(ValueError, match='cannot shrink'):
        crops_geometry.pad(crops, 4, 4)
