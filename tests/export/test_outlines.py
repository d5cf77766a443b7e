"""Outlines: valid polygons that hold exactly the mask's pixels."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mmnuc.export.outlines import area_of, outlines
from mmnuc.ops.crops import from_bitmaps


def trace(mask: np.ndarray) -> list[shapely.Polygon]:
    (polygons,) = outlines(from_bitmaps(mask[None]))
    return [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]


def holds(shape: shapely.Geometry, mask: np.ndarray) -> bool:
    """Whether a shape holds the middles of the mask's pixels and no others."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]] + 0.5
    return np.array_equal(shapely.contains_xy(shape, x, y), mask > 0)


CASES = {
    'a pixel': (['#'], 1, 0),
    'a hole': (['###', '# #', '###'], 1, 1),
    'two parts': (['# #'], 2, 0),
    'parts that touch at a corner': (['# ', ' #'], 2, 0),
    'an island in a hole': (['#####', '#   #', '# # #', '#   #', '#####'], 2, 1),
    'a hole that touches the outside at a corner': (['## ', '# #', '###'], 1, 1),
    'holes that touch at a corner': (['####', '# ##', '## #', '####'], 1, 2),
    'a ring that closes at a corner only': (['###', '# #', '## '], 1, 1),
    'nothing': (['  '], 0, 0),
}


@pytest.mark.parametrize(('rows', 'parts', 'holes'), CASES.values(), ids=CASES)
def test_shapes(rows: list[str], parts: int, holes: int) -> None:
    mask = np.array([[letter == '#' for letter in row] for row in rows], np.uint8)
    found = trace(mask)
    assert (len(found), sum(len(part.interiors) for part in found)) == (parts, holes)
    shape = shapely.MultiPolygon(found)
    assert shape.is_valid
    assert shape.area == mask.sum()
    assert holds(shape, mask)


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 1)
    )
)
def test_any_mask_is_outlined_exactly(mask: np.ndarray) -> None:
    shape = shapely.MultiPolygon(trace(mask))
    assert shape.is_valid, shapely.is_valid_reason(shape)
    assert shape.area == mask.sum()
    assert holds(shape, mask)


def test_rings_are_closed_turn_the_right_way_and_have_corners_only() -> None:
    mask = np.ones((5, 7), np.uint8)
    mask[2, 2:5] = 0
    (((outer, hole),),) = outlines(from_bitmaps(mask[None]))
    assert outer[0] == outer[-1]
    assert (area_of(outer), area_of(hole)) == (35, -3)
    assert (len(outer), len(hole)) == (5, 5)


def test_masks_stay_apart_and_lie_where_they_are() -> None:
    masks = np.zeros((3, 8, 9), np.uint8)
    masks[0, 1:3, 2:5] = 1
    masks[2, 4:8, 8:9] = 255
    first, second, third = outlines(from_bitmaps(masks))
    assert shapely.Polygon(first[0][0]).bounds == (2, 1, 5, 3)
    assert second == []
    assert shapely.Polygon(third[0][0]).bounds == (8, 4, 9, 8)
