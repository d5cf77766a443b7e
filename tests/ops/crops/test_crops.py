"""The container of crops and how masks are chosen, joined and shrunk."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops import crops as co


def assert_tight(crops: co.Crops) -> None:
    """Every crop has pixels in its first and last row and column, or none at all."""
    np.testing.assert_array_equal(crops.offsets, co.offsets_of(crops.boxes_xyxy))
    assert len(crops.buffer) == crops.offsets[-1]
    for i in range(len(crops)):
        crop = crops.crop(i)
        if crop.size == 0:
            assert crops.boxes_xyxy[i].tolist() == [0, 0, 0, 0]
        else:
            assert crop[0].any()
            assert crop[-1].any()
            assert crop[:, 0].any()
            assert crop[:, -1].any()


@given(data=st.data())
def test_dense_masks_there_and_back(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    crops = co.from_bitmaps(dense)
    assert_tight(crops)
    np.testing.assert_array_equal(co.to_bitmaps(crops), dense)
    np.testing.assert_array_equal(crops.areas, dense.sum((1, 2)))


def test_awkward_masks_there_and_back(awkward) -> None:
    crops = co.from_bitmaps(awkward)
    assert_tight(crops)
    np.testing.assert_array_equal(co.to_bitmaps(crops), awkward)


def test_booleans_and_strided_arrays() -> None:
    dense = np.random.default_rng(0).random((4, 6, 10)) < 0.5
    got = co.to_bitmaps(co.from_bitmaps(dense[::2, ::-1, ::3]))
    np.testing.assert_array_equal(got, dense[::2, ::-1, ::3])


@pytest.mark.parametrize('array', [np.zeros((3, 4), np.uint8), np.zeros((1, 3, 4))])
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match='bitmaps must be uint8 or bool'):
        co.from_bitmaps(array)


INDICES = {
    'a number': 2,
    'a number from the end': -1,
    'a slice': slice(1, 4),
    'a slice with steps': slice(None, None, 2),
    'a slice backwards': slice(None, None, -1),
    'an empty slice': slice(3, 1),
    'one item as a slice': slice(2, None, 5),
    'numbers': np.array([3, 0, -1, 0]),
    'small numbers': np.array([3, 0], np.int32),
    'a list': [1, 1],
    'an empty list': [],
    'booleans': np.array([True, False, True, True, False]),
    'no booleans set': np.zeros(5, bool),
    'a list of booleans': [False, True, False, False, True],
}


@pytest.mark.parametrize('name', INDICES)
def test_selection_is_that_of_numpy(name: str) -> None:
    dense = (np.random.default_rng(1).random((5, 6, 7)) < 0.2).astype(np.uint8)
    dense[3] = 0
    crops = co.take(co.from_bitmaps(dense), INDICES[name])
    assert_tight(crops)
    np.testing.assert_array_equal(co.to_bitmaps(crops), dense[INDICES[name]].reshape(-1, 6, 7))


@pytest.mark.parametrize('index', [5, -6, [0, 5], np.ones(4, bool)])
def test_selection_out_of_range(index) -> None:
    with pytest.raises(IndexError):
        co.take(co.from_bitmaps(np.ones((5, 2, 2), np.uint8)), index)


@given(data=st.data())
def test_windows_show_what_the_image_shows(grey_masks, data) -> None:
    dense = data.draw(grey_masks)
    n, h, w = dense.shape
    xs, ys = (np.sort(data.draw(_pairs(n, top)), axis=1) for top in (w, h))
    boxes = np.stack([xs[:, 0], ys[:, 0], xs[:, 1], ys[:, 1]], axis=1).astype(np.int32)
    cut = co.windows(co.from_bitmaps(dense), boxes)
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        np.testing.assert_array_equal(cut.crop(i), dense[i, y1:y2, x1:x2])
    shrunk = co.tight(cut.buffer, boxes, h, w)
    assert_tight(shrunk)
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        wanted = np.zeros((h, w), np.uint8)
        wanted[y1:y2, x1:x2] = dense[i, y1:y2, x1:x2]
        np.testing.assert_array_equal(co.to_bitmaps(shrunk)[i], wanted)


def _pairs(n: int, top: int) -> st.SearchStrategy[np.ndarray]:
    number = st.integers(0, top)
    pairs = st.lists(st.tuples(number, number), min_size=n, max_size=n)
    return pairs.map(lambda values: np.array(values, int).reshape(-1, 2))


@given(data=st.data())
def test_joining(binary_masks, data) -> None:
    dense = data.draw(binary_masks)
    crops = co.from_bitmaps(dense)
    joined = co.concatenate([crops, co.empty(*dense.shape[1:]), crops])
    assert_tight(joined)
    np.testing.assert_array_equal(co.to_bitmaps(joined), np.concatenate([dense, dense]))


def test_joining_refuses_other_sizes_and_nothing() -> None:
    with pytest.raises(ValueError, match=r'\(2, 3\), \(3, 2\)'):
        co.concatenate([co.empty(3, 2), co.empty(2, 3)])
    with pytest.raises(ValueError, match='share one image size'):
        co.concatenate([])


def test_read_only_arrays_will_do() -> None:
    crops = co.from_bitmaps(np.eye(4, dtype=np.uint8)[None])
    for array in (crops.buffer, crops.offsets, crops.boxes_xyxy):
        array.flags.writeable = False
    assert co.to_bitmaps(co.take(crops, [0, 0])).sum() == 8
    assert crops.areas.tolist() == [4]


def test_copies_and_pickles() -> None:
    crops = co.from_bitmaps(np.eye(4, dtype=np.uint8)[None])
    for twin in (copy.deepcopy(crops), pickle.loads(pickle.dumps(crops))):
        np.testing.assert_array_equal(co.to_bitmaps(twin), co.to_bitmaps(crops))
