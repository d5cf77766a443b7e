"""Places with something to see."""

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.images import Picture
from mmnuc.inference import places
from mmnuc.inference.places import box_at, places_of


def test_examples() -> None:
    assert doctest.testmod(places).failed == 0


def test_places_have_something_to_see() -> None:
    rgb = np.full((4000, 4000, 3), 255, np.uint8)
    rgb[:, 2200:] = np.random.default_rng(0).integers(0, 255, (4000, 1800, 3), dtype=np.uint8)
    chosen = places_of(Picture(rgb), 512, 3)
    assert len(chosen) == 3
    assert min(x for x, _ in chosen) > 2000
    assert max(y for _, y in chosen) - min(y for _, y in chosen) > 2000


def test_a_shade_is_nothing_to_see() -> None:
    rgb = np.full((600, 1200, 3), 255, np.uint8)
    rgb[:, :600] = np.linspace(0, 255, 600, dtype=np.uint8)[None, :, None]
    rgb[100:500:6, 700:1100:6] = 120
    assert all(x > 600 for x, _ in places_of(Picture(rgb), 300, 3))


@given(
    *(st.integers(1, 60) for _ in range(3)),
    *(st.floats(0, 1) for _ in range(2)),
    st.integers(1, 60),
)
def test_boxes_around_a_place_hold_one_another(
    width: int, height: int, side: int, right: float, down: float, larger: int
) -> None:
    image = Picture(np.zeros((height, width, 3), np.uint8))
    x, y = int(right * (width - 1)), int(down * (height - 1))
    one, other = box_at(image, x, y, side), box_at(image, x, y, side + larger)
    assert 0 <= one[0] < one[2] <= width
    assert 0 <= one[1] < one[3] <= height
    assert other[0] <= one[0]
    assert other[1] <= one[1]
    assert one[2] <= other[2]
    assert one[3] <= other[3]
