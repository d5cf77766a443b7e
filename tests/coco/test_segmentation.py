"""Every spelling of a segmentation gives the mask that pycocotools gives."""

from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from mmnuc.coco.compress import compress, union
from mmnuc.coco.faults import EntryError
from mmnuc.coco.segmentation import segmentation_to_rle

bitmaps = (
    st.integers(1, 6)
    .flatmap(
        lambda h: st.lists(
            st.lists(st.integers(0, 1), min_size=h, max_size=h), min_size=1, max_size=6
        )
    )
    .map(lambda columns: np.asfortranarray(np.array(columns, np.uint8).T))
)


def theirs(bitmap: np.ndarray) -> dict[str, Any]:
    rle = coco_mask.encode(bitmap)
    return {'size': [int(side) for side in rle['size']], 'counts': rle['counts'].decode()}


def counts_of(bitmap: np.ndarray) -> list[int]:
    flat = bitmap.ravel(order='F')
    ends = np.flatnonzero(np.diff(flat, prepend=0, append=2))
    return np.diff(ends, prepend=0).tolist()


@given(bitmap=bitmaps)
def test_run_lengths(bitmap: np.ndarray) -> None:
    wanted = theirs(bitmap)
    for spelling in (
        wanted,
        {'counts': counts_of(bitmap)},
        {'size': bitmap.shape, 'counts': wanted['counts'].encode()},
        [wanted],
    ):
        assert segmentation_to_rle(spelling, *bitmap.shape) == wanted


@given(data=st.data(), bitmap=bitmaps)
def test_several_run_lengths_are_united(data: st.DataObject, bitmap: np.ndarray) -> None:
    parts = [bitmap]
    for _ in range(data.draw(st.integers(1, 3))):
        bits = st.lists(st.integers(0, 1), min_size=bitmap.size, max_size=bitmap.size)
        parts.append(np.asfortranarray(np.array(data.draw(bits), np.uint8).reshape(bitmap.shape)))
    wanted = theirs(np.asfortranarray(np.maximum.reduce(parts)))
    assert segmentation_to_rle([theirs(part) for part in parts], *bitmap.shape) == wanted
    pixels = bitmap.size
    united = union([np.array(counts_of(part), np.int64) for part in parts], pixels)
    assert compress([united], [bitmap.shape]) == [wanted['counts'].encode()]


@given(data=st.data())
def test_outlines(data: st.DataObject) -> None:
    number = st.one_of(st.integers(-20, 40), st.floats(-20, 40, width=32))
    outline = st.lists(number, min_size=6, max_size=12).filter(lambda values: len(values) % 2 == 0)
    parts = data.draw(st.lists(outline, min_size=1, max_size=3))
    height, width = data.draw(st.integers(1, 20)), data.draw(st.integers(1, 20))
    polygons = [np.array(part, np.float64) for part in parts]
    merged = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    wanted = {'size': [height, width], 'counts': merged['counts'].decode()}
    pairs = [[part[k : k + 2] for k in range(0, len(part), 2)] for part in parts]
    for spelling in (parts, pairs, parts[0] if len(parts) == 1 else parts):
        assert segmentation_to_rle(spelling, height, width) == wanted


@pytest.mark.parametrize(
    'value', [None, [], {}, 5, True, {'size': [2, 2]}, [[1, 2]], [[1] * 7], 'x']
)
def test_what_is_no_mask(value: Any) -> None:
    with pytest.raises(ValueError, match=r'.'):
        segmentation_to_rle(value, 2, 2)


def test_one_bad_mask_spoils_no_other() -> None:
    square, nan = array('d', [0, 0, 2, 0, 2, 2, 0, 2]), array('d', [0, 0, float('nan'), 0, 2, 2])
    masks = [[square], [nan], b'4', b'x', array('q', [2, 2]), [square, nan], b'', [square]]
    found = compress(masks, [(2, 2)] * len(masks))
    assert [isinstance(one, EntryError) for one in found] == [0, 1, 0, 1, 0, 1, 1, 0]
    assert found[0] == found[7] == b'04'


def test_an_outline_without_end_is_refused_at_once() -> None:
    zigzag = array('d', [v for k in range(50_000) for v in ((k % 2) * 1000, k % 7)])
    (found,) = compress([[zigzag]], [(1000, 1000)])
    assert 'goes to and fro without end' in str(found)
