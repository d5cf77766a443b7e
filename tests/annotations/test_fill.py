"""Outlines filled like the obvious way does it: pixel by pixel, by their centres."""

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.fill import (
    crops_of,
    fill_contour,
    fill_ellipse,
    fill_polygon,
    ring_of,
    united,
    without,
)
from mmnuc.ops.crops import to_bitmaps

H, W = 20, 24
Y, X = np.mgrid[:H, :W] + 0.5
COORDINATES = st.one_of(st.floats(-30, 60, width=32), st.integers(-5, 30).map(float))
RINGS = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=9)


def dense(piece: tuple) -> np.ndarray:
    return to_bitmaps(crops_of([piece], H, W))[0]


@given(RINGS)
def test_polygons_are_filled_by_the_centres_of_pixels(points: list) -> None:
    polygon = shapely.Polygon(points)
    ours = dense(fill_polygon([np.array(points)], H, W))
    if polygon.is_valid:
        # On the outline itself either answer is right.
        edge = shapely.distance(shapely.points(X, Y), polygon.exterior) < 1e-6
        inside = shapely.contains_xy(polygon, X, Y)
        assert np.array_equal(ours.astype(bool) | edge, inside | edge)


@given(RINGS, RINGS)
def test_rings_are_inside_where_an_odd_number_is(one: list, other: list) -> None:
    both = dense(fill_polygon([np.array(one), np.array(other)], H, W))
    alone = [dense(fill_polygon([np.array(ring)], H, W)) for ring in (one, other)]
    assert np.array_equal(both, alone[0] ^ alone[1])


def test_neighbours_along_an_edge_share_no_pixel_and_leave_none() -> None:
    square = [(1.5, 1.5), (21.5, 1.5), (21.5, 17.5), (1.5, 17.5)]
    middle = (9.3, 7.1)
    triangles = [np.array([*pair, middle]) for pair in zip(square, square[1:] + square[:1])]  # noqa: B905
    count = sum(dense(fill_polygon([ring], H, W)).astype(int) for ring in triangles)
    assert np.array_equal(count, dense(fill_polygon([np.array(square)], H, W)))


def test_contours_of_opencv_come_back(make_solid) -> None:
    for mask in make_solid(60, size=20, seed=3):
        for how in (cv2.CHAIN_APPROX_NONE, cv2.CHAIN_APPROX_SIMPLE):
            contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, how)
            points = max(contours, key=len)[:, 0].astype(float)
            assert np.array_equal(
                to_bitmaps(crops_of([fill_contour(points, 20, 20)], 20, 20))[0], mask
            )


def test_contours_that_leave_the_image_are_cut_off() -> None:
    points = np.array([[-5, -3], [4, -3], [4, 2], [-5, 2]], float)
    expected = np.zeros((H, W), np.uint8)
    expected[:3, :5] = 1
    assert np.array_equal(dense(fill_contour(points, H, W)), expected)


@pytest.mark.parametrize('side', [1, 2, 7, 10, 13])
def test_ellipses_hold_the_pixels_whose_centre_is_inside(side: int) -> None:
    mask = dense(fill_ellipse(3, 2, 3 + side, 2 + side, H, W))
    r = side / 2
    assert np.array_equal(mask, (X - 3 - r) ** 2 + (Y - 2 - r) ** 2 <= r**2)


def test_what_is_far_away_costs_nothing() -> None:
    ring = np.array([[-1e6, -1e6], [1e6, -1e6], [1e6, 1e6], [-1e6, 1e6]])
    assert dense(fill_polygon([ring], H, W)).all()
    assert dense(fill_contour(ring, H, W)).all()
    assert dense(fill_ellipse(-1e6, -1e6, 1e6, 1e6, H, W)).all()
    assert not dense(fill_polygon([ring + 2e6], H, W)).any()


def test_parts_are_joined_and_taken_out() -> None:
    left, right = (
        ((0, 0, 2, 2), np.ones((2, 2), np.uint8)),
        ((1, 1, 4, 3), np.ones((2, 3), np.uint8)),
    )
    assert dense(united([left, right])).sum() == 9
    assert dense(without(left, right)).sum() == 3
    assert dense(without(right, ((9, 9, 10, 10), np.ones((1, 1), np.uint8)))).sum() == 6
    assert len(crops_of([], H, W)) == 0
    assert united([])[1].size == 0


BAD = {
    'text': 'abc',
    'numbers alone': [1, 2, 3],
    'words': [['a', 'b']] * 3,
    'two points': [[0, 0], [1, 1]],
    'four values': [[0, 0, 0, 0]] * 3,
    'ragged': [[0, 0], [1], [2, 2]],
    'infinite': [[0, 0], [float('inf'), 1], [2, 2]],
    'far': [[0, 0], [1.1e6, 1], [2, 2]],
    'nothing': None,
    'huge': [[0, 0], [10**400, 1], [2, 2]],
}


@pytest.mark.parametrize('points', BAD.values(), ids=BAD.keys())
def test_what_is_no_outline_is_named(points: object) -> None:
    with pytest.raises(AnnotationError, match=r'^nucleus 7 '):
        ring_of(points, 'nucleus 7')
