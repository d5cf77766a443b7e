"""Filled polygons, against pycocotools."""

import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.ops.codecs.polygons import polygons_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles
from mmnuc.ops.crops import from_bitmaps, to_bitmaps


def assert_filled(polygons: list[list[list[float]]], height: int, width: int) -> None:
    crops = polygons_to_crops(polygons, height, width)
    arrays = [[np.array(part, np.float64) for part in mask] for mask in polygons]
    rles = [coco.merge(coco.frPyObjects(mask, height, width)) for mask in arrays]
    assert [r['counts'] for r in crops_to_rles(crops)] == [r['counts'].decode() for r in rles]
    np.testing.assert_array_equal(crops.boxes_xyxy, from_bitmaps(to_bitmaps(crops)).boxes_xyxy)


GRIDS = {'any': None, 'tenths': 10, 'fifths': 5, 'whole pixels': 1}


@pytest.mark.parametrize('grid', GRIDS)
@given(data=st.data())
def test_any_polygons(grid: str, data) -> None:
    step = GRIDS[grid]
    if step is None:
        number = st.floats(-5, 20, width=32)
    else:
        number = st.integers(-5 * step, 20 * step).map(lambda v: v / step)
    part = st.lists(st.tuples(number, number), min_size=3, max_size=8).map(
        lambda corners: [value for corner in corners for value in corner]
    )
    polygons = data.draw(st.lists(st.lists(part, min_size=1, max_size=3), max_size=3))
    assert_filled(polygons, data.draw(st.integers(1, 16)), data.draw(st.integers(1, 16)))


@given(data=st.data())
def test_polygons_far_beyond_the_image(data) -> None:
    number = st.one_of(st.floats(-3000, 3000, width=32), st.integers(-5, 20))
    corners = data.draw(st.lists(st.tuples(number, number), min_size=3, max_size=6))
    part = [value for corner in corners for value in corner]
    assert_filled([[part]], data.draw(st.integers(1, 16)), data.draw(st.integers(1, 16)))


CASES = {
    'a needle far above and below': [3, -9000, 4, 9000, 5, -9000],
    'a needle that leans': [-50, -9000, 60, 9000, 61, 9000],
    'a square on pixel corners': [2, 2, 6, 2, 6, 5, 2, 5],
    'the other way round': [2, 5, 6, 5, 6, 2, 2, 2],
    'one point': [3, 3, 3, 3, 3, 3],
    'a line': [1, 1, 8, 4, 1, 1],
    'crossing itself': [1, 1, 8, 8, 8, 1, 1, 8],
    'beyond every border': [-5, -5, 30, -5, 30, 30, -5, 30],
    'outside': [40, 40, 50, 40, 50, 50],
    'a repeated corner': [1, 1, 1, 1, 7, 1, 7, 7, 7, 7],
}


@pytest.mark.parametrize('case', CASES)
def test_cases(case: str) -> None:
    assert_filled([[CASES[case]]], 10, 12)


def test_parts_are_united_and_none_is_empty() -> None:
    square, other = [1, 1, 4, 1, 4, 4, 1, 4], [3, 3, 7, 3, 7, 7, 3, 7]
    crops = polygons_to_crops([[square, other], [], [other]], 8, 8)
    assert crops.areas.tolist() == [9 + 16 - 1, 0, 16]
    assert crops.boxes_xyxy.tolist() == [[1, 1, 7, 7], [0, 0, 0, 0], [3, 3, 7, 7]]


def test_no_polygons() -> None:
    assert len(polygons_to_crops([], 5, 6)) == 0
    assert polygons_to_crops([[], []], 5, 6).boxes_xyxy.tolist() == [[0] * 4] * 2


@pytest.mark.parametrize('part', [[1, 1, 2, 2], [1, 1, 2, 2, 3, 3, 4]])
def test_faults(part: list[int]) -> None:
    with pytest.raises(ValueError, match=f'polygon of mask 1 has {len(part)} coordinates'):
        polygons_to_crops([[], [part]], 5, 5)
