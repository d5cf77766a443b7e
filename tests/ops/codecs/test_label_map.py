"""Label maps into crops and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmnuc.ops.codecs.label_map import crops_to_label_map, label_map_to_crops
from mmnuc.ops.crops import empty, from_bitmaps, to_bitmaps

shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
NUMBERS = {
    'few': [0, 1, 2, 3],
    'with gaps': [0, 2, 7, 40],
    'huge': [0, 5, 10**12, 2**62],
    'no background': [3, 4],
}


@pytest.mark.parametrize('name', NUMBERS)
@given(data=st.data())
def test_there_and_back(name: str, data) -> None:
    numbers = st.sampled_from(NUMBERS[name])
    labels = data.draw(shapes.flatmap(lambda s: hnp.arrays(np.int64, s, elements=numbers)))
    crops, ids = label_map_to_crops(labels)
    wanted = np.unique(labels[labels > 0])
    np.testing.assert_array_equal(ids, wanted)
    np.testing.assert_array_equal(to_bitmaps(crops), labels == wanted[:, None, None])
    np.testing.assert_array_equal(crops.boxes_xyxy, from_bitmaps(to_bitmaps(crops)).boxes_xyxy)
    again = crops_to_label_map(crops)
    np.testing.assert_array_equal(np.append(wanted, 0)[again - 1], labels)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.int32, np.int64])
def test_types(dtype: type) -> None:
    _, ids = label_map_to_crops(np.array([[0, 200], [7, 200]], dtype).T)
    assert ids.tolist() == [7, 200]


def test_an_empty_map_has_no_masks() -> None:
    crops, ids = label_map_to_crops(np.zeros((3, 4), int))
    assert (len(crops), len(ids), crops.height, crops.width) == (0, 0, 3, 4)
    assert not crops_to_label_map(empty(3, 4)).any()


def test_later_masks_win_and_empty_ones_leave_a_gap() -> None:
    dense = np.array([[[1, 1, 0]], [[0, 0, 0]], [[0, 1, 1]]], np.uint8)
    assert crops_to_label_map(from_bitmaps(dense)).tolist() == [[1, 3, 3]]


@pytest.mark.parametrize('labels', [np.zeros(3, int), np.array([[0, -1]])])
def test_faults(labels: np.ndarray) -> None:
    with pytest.raises(ValueError, match='no label map'):
        label_map_to_crops(labels)
