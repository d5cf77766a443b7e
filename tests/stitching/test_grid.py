"""Tiles: every pixel covered, every pixel owned once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmnuc.stitching.grid import Grid, parts


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids of small images, with every kind of overlap."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    tile_hw = draw(st.integers(1, 45)), draw(st.integers(1, 45))
    overlap = draw(st.integers(0, min(tile_hw) - 1))
    return Grid(height, width, tile_hw, overlap, draw(st.integers(1, min(tile_hw) - overlap)))


@given(grids())
def test_tiles_cover_the_image_and_cores_divide_it(grid: Grid) -> None:
    seen, owned = np.zeros((2, grid.height, grid.width), int)
    for (x1, y1, x2, y2), core in zip(grid.boxes_xyxy, grid.cores_xyxy, strict=True):
        seen[y1:y2, x1:x2] += 1
        owned[core[1] : core[3], core[0] : core[2]] += 1
        assert x1 <= core[0] < core[2] <= x2
        assert y1 <= core[1] < core[3] <= y2
    assert (seen >= 1).all()
    assert (owned == 1).all()


@given(grids())
def test_tiles_are_of_one_size_and_share_what_was_asked_for(grid: Grid) -> None:
    sizes = grid.boxes_xyxy[:, 2:] - grid.boxes_xyxy[:, :2]
    sides = [min(grid.tile_hw[1], grid.width), min(grid.tile_hw[0], grid.height)]
    assert (sizes <= sides).all()
    assert (sizes > np.array(sides) - grid.align).all()
    for starts, side in ((grid.lefts, sides[0]), (grid.tops, sides[1])):
        assert (starts % grid.align == 0).all()
        shared = starts[:-1] + side - starts[1:]
        assert (shared >= grid.overlap).all()
        assert (shared[:-1] < grid.overlap + grid.align).all()
    assert len(grid) == grid.rows * grid.cols == len(grid.boxes_xyxy)


@given(grids())
def test_a_core_keeps_half_the_overlap_from_inner_borders(grid: Grid) -> None:
    margin = np.abs(grid.cores_xyxy - grid.boxes_xyxy)
    limits = np.array([0, 0, grid.width, grid.height])
    inner = grid.boxes_xyxy != limits
    assert (margin[inner] >= grid.overlap // 2).all()
    assert (margin[~inner] == 0).all()


def test_no_needless_tile() -> None:
    assert Grid(1000, 1000, (512, 512), 24).lefts.tolist() == [0, 488]
    assert Grid(1000, 1001, (512, 512), 24).lefts.tolist() == [0, 488, 489]
    assert Grid(1000, 1000, (512, 512), 128, align=32).boxes_xyxy[-1].tolist() == [
        512,
        512,
        1000,
        1000,
    ]


WRONG = {
    'an overlap as large as the tile': ((9, 9, (4, 4), 4), 'overlap of 4 .* tiles of 4 x 4'),
    'an overlap as large as one side': ((9, 9, (8, 4), 5), 'overlap of 5'),
    'a negative overlap': ((9, 9, (4, 4), -1), 'overlap of -1'),
    'too little left to align': ((9, 9, (6, 6), 3, 4), '3 pixels apart .* multiples of 4'),
    'nothing to align to': ((9, 9, (4, 4), 0, 0), 'multiples of 0'),
    'no image': ((0, 9, (4, 4), 0), '0 x 9 pixels has no tiles'),
    'no tile': ((9, 9, (4, 0), 0), r'not \(4, 0\)'),
}


@pytest.mark.parametrize(('arguments', 'message'), WRONG.values(), ids=WRONG)
def test_says_what_does_not_fit(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grid(*arguments)


def test_one_tile_needs_no_overlap_to_fit() -> None:
    assert len(Grid(9, 9, (9, 20), 50)) == 1


@pytest.mark.parametrize(('size', 'count', 'sides'), [(1000, 4, 500), (1000, 16, 250), (7, 4, 4)])
def test_parts(size: int, count: int, sides: int) -> None:
    grid = parts(size, size, count)
    assert len(grid) == count
    assert grid.boxes_xyxy[0].tolist() == [0, 0, sides, sides]


@pytest.mark.parametrize('count', [0, -4, 3, 100])
def test_other_numbers_of_parts_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f'into {count} parts'):
        parts(9, 9, count)
