"""Stitching against an oracle: an image whose values are the nuclei, read back tile by tile."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mmnuc.images.pixel_size import PixelSize
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.crops import from_bitmaps, take
from mmnuc.stitching.candidates import MergeRules
from mmnuc.stitching.grid import Grid, parts
from mmnuc.stitching.stitcher import Stitcher, stitch
from mmnuc.structures import Nuclei

Map = NDArray[np.int64]
# Each nucleus of an image is of its own class, so that it is known again.
NAMES = tuple(map(str, range(2600)))


def read(tile: Map) -> Nuclei:
    """Find exactly the nuclei of a tile, cut at its borders; their numbers are their labels."""
    crops, ids = label_map_to_crops(tile)
    return Nuclei.of_crops(crops, labels=ids, class_names=NAMES)


def cut_and_merge(image: Map, grid: Grid, rules: MergeRules | None = None) -> Nuclei:
    """Cut an image, read its tiles and stitch them."""
    tiles = [read(image[y1:y2, x1:x2]) for x1, y1, x2, y2 in grid.boxes_xyxy]
    return stitch(grid, tiles, rules or MergeRules())


def assert_whole(found: Nuclei, image: Map) -> None:
    """Each nucleus of the image was found once, to the pixel."""
    truth, ids = label_map_to_crops(image)
    order = np.argsort(found.labels, kind='stable')
    assert found.labels[order].tolist() == ids.tolist()
    same_order = take(found.crops, order)
    np.testing.assert_array_equal(same_order.boxes_xyxy, truth.boxes_xyxy)
    np.testing.assert_array_equal(same_order.buffer, truth.buffer)


def discs(height: int, width: int, count: int, largest: int, seed: int = 0) -> Map:
    """Discs and ellipses that hide parts of one another; no side is longer than ``largest``."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width), np.int32)
    for number in range(1, count + 1):
        centre = rng.integers(0, [width, height]).tolist()
        axes = rng.integers(0, max((largest - 1) // 2, 0) + 1, 2).tolist()
        cv2.ellipse(image, centre, axes, 0, 0, 360, number, -1)
    return image.astype(np.int64)


@st.composite
def cut_images(draw: st.DrawFn) -> tuple[Map, Grid]:
    """Images of small nuclei, cut with an overlap at least as large as the largest nucleus."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    image = discs(height, width, draw(st.integers(0, 25)), 7, draw(st.integers(0, 999)))
    crops, _ = label_map_to_crops(image)
    sides = crops.boxes_xyxy[:, 2:] - crops.boxes_xyxy[:, :2]
    overlap = int(sides.max(initial=1)) + draw(st.integers(0, 3))
    return image, Grid(height, width, draw(_tiles(overlap)), overlap)


def _tiles(overlap: int) -> st.SearchStrategy[tuple[int, int]]:
    side = st.integers(overlap + 1, 30)
    return st.tuples(side, side)


@settings(deadline=None)
@given(cut_images())
def test_each_nucleus_once_and_whole(cut: tuple[Map, Grid]) -> None:
    image, grid = cut
    assert_whole(cut_and_merge(image, grid), image)


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(0, 6), st.integers(0, 2))
def test_nothing_gets_lost_or_is_glued_whatever_the_overlap(
    seed: int, overlap: int, reach: int
) -> None:
    image = discs(30, 37, 12, 13, seed)
    found = cut_and_merge(image, Grid(30, 37, (11, 9), overlap), MergeRules(reach, contact=1.1))
    covered = np.zeros_like(image)
    for i, (x1, y1, x2, y2) in enumerate(found.crops.boxes_xyxy):
        mask = found.crops.crop(i) > 0
        below = image[y1:y2, x1:x2][mask]
        assert (below == found.labels[i]).all()
        covered[y1:y2, x1:x2][mask] += 1
    # Within the reach of a border a tile that sees nothing is believed.
    assert reach or ((covered > 0) == (image > 0)).all()


@pytest.mark.parametrize('size', [(1001, 1203), (997, 513)])
@pytest.mark.parametrize('tile', [128, 200, 256, 333, 512, 768, 1024])
def test_tiles_of_any_size(size: tuple[int, int], tile: int) -> None:
    image = discs(*size, 2500, 41)
    assert_whole(cut_and_merge(image, Grid(*size, (tile, tile), 41)), image)
    assert_whole(cut_and_merge(image, Grid(*size, (tile, tile), 90)), image)


def test_more_of_the_image_in_the_overlap_than_outside() -> None:
    image = discs(100, 90, 60, 15)
    assert_whole(cut_and_merge(image, Grid(100, 90, (40, 30), 29)), image)


def bar(*labels_and_lengths: tuple[int, int]) -> Map:
    """One row of pixels, from labels and how long each is."""
    return np.repeat(*np.array(labels_and_lengths).T)[None]


CUT_ROWS = {
    'cut in two': (bar((0, 3), (1, 4), (0, 3)), Grid(1, 10, (1, 5)), 1),
    'cut in three': (bar((0, 1), (1, 7), (0, 1)), Grid(1, 9, (1, 3)), 1),
    'longer than any tile, with overlap': (bar((0, 1), (1, 20), (0, 3)), Grid(1, 24, (1, 6), 2), 1),
    'two that the seam divides, with overlap': (bar((1, 5), (2, 5)), Grid(1, 10, (1, 6), 2), 2),
    'as long as the overlap, and in it': (bar((0, 4), (1, 2), (0, 4)), Grid(1, 10, (1, 6), 2), 1),
    'as long as the image': (bar((1, 11)), Grid(1, 11, (1, 4), 1), 1),
}


@pytest.mark.parametrize(('image', 'grid', 'count'), CUT_ROWS.values(), ids=CUT_ROWS)
@pytest.mark.parametrize('turned', [False, True])
def test_rows(image: Map, grid: Grid, count: int, turned: bool) -> None:
    if turned:
        image, grid = image.T, Grid(grid.width, grid.height, grid.tile_hw[::-1], grid.overlap)
    found = cut_and_merge(image, grid)
    assert len(found) == count
    assert_whole(found, image)


# Images of two 8 x 8 tiles side by side (or four of 4 x 8), and how many nuclei there are.
PICTURES: dict[str, tuple[list[str], int]] = {
    'two discs that touch at the seam': (
        [
            '..111...22......',
            '.11111.222222...',
            '1111111222222...',
            '11111112222222..',
            '1111111222222...',
            '.11111..2222....',
            '..111....22.....',
            '................',
        ],
        2,
    ),
    'a small one beside a large one': (
        [
            '...11111........',
            '.1111111........',
            '.1111111.22.....',
            '111111112222....',
            '111111112222....',
            '.1111111.22.....',
            '.1111111........',
            '...11111........',
        ],
        2,
    ),
    'a long one cut askew': (
        [
            '..11............',
            '..11111.........',
            '...111111.......',
            '....1111111.....',
            '......1111111...',
            '.......1111111..',
            '.........11111..',
            '...........11...',
        ],
        1,
    ),
}


@pytest.mark.parametrize(('rows', 'count'), PICTURES.values(), ids=PICTURES)
def test_contacts_over_a_seam(rows: list[str], count: int) -> None:
    image = np.array([[int(c) for c in row.replace('.', '0')] for row in rows])
    for grid in (Grid(8, 16, (8, 8)), Grid(8, 16, (4, 8))):
        found = cut_and_merge(image, grid)
        assert len(found) == count
        assert_whole(found, image)


def test_joins_over_the_corner_of_four_tiles() -> None:
    image = np.zeros((20, 20), np.int64)
    cv2.circle(corner := np.zeros((20, 20), np.uint8), (9, 10), 6, 1, -1)
    image[corner > 0] = 3
    assert_whole(cut_and_merge(image, parts(20, 20, 4)), image)
    assert_whole(cut_and_merge(image, parts(20, 20, 16)), image)


def test_the_tile_with_more_around_it_is_believed() -> None:
    grid = Grid(1, 20, (1, 14), 8)
    shapes = [np.zeros((1, 1, 14), np.uint8) for _ in range(2)]
    # The nucleus at columns 8 to 12, left of the middle of the overlap: the first tile's.
    shapes[0][0, 0, 7:12] = 1
    shapes[1][0, 0, 1:6] = 1
    tiles = [
        Nuclei.of_crops(from_bitmaps(s), labels=[i], class_names=NAMES)
        for i, s in enumerate(shapes)
    ]
    assert stitch(grid, tiles).labels.tolist() == [0]


def test_what_only_the_neighbour_of_the_owner_sees_is_not_believed() -> None:
    grid = Grid(1, 20, (1, 14), 8)
    ghost = np.zeros((1, 1, 14), np.uint8)
    ghost[0, 0, 1:3] = 1
    nothing = read(np.zeros((1, 14), np.int64))
    seen = Nuclei.of_crops(from_bitmaps(ghost), class_names=NAMES)
    assert len(stitch(grid, [nothing, seen])) == 0
    assert len(stitch(grid, [seen, nothing])) == 1


def spans(*columns: tuple[int, int], scores: list[float], labels: list[int]) -> Nuclei:
    """What a tile of one row and 14 columns found."""
    masks = np.zeros((len(columns), 1, 14), np.uint8)
    for mask, (start, stop) in zip(masks, columns, strict=True):
        mask[0, start:stop] = 1
    return Nuclei(from_bitmaps(masks), scores, labels, NAMES)


def test_doubtful_masks_of_a_neighbour_do_not_drop_a_nucleus() -> None:
    grid = Grid(1, 20, (1, 14), 8)
    # The nucleus 1 spans the border of the cores at column 10; each tile has a doubtful larger
    # mask, 2 and 3, that lies deeper in its own core than the nucleus does in the other's.
    left = spans((8, 13), (3, 12), scores=[0.9, 0.1], labels=[1, 2])
    right = spans((2, 7), (3, 11), scores=[0.9, 0.1], labels=[1, 3])
    assert stitch(grid, [left, right]).labels.tolist().count(1) == 1


def test_two_proposals_for_one_nucleus_join_their_likes() -> None:
    twice = from_bitmaps(np.ones((2, 4, 4), np.uint8))
    tiles = [
        Nuclei(twice, [0.9, 0.2], [0, 1], NAMES),
        Nuclei(twice, [0.3, 0.8], [1, 0], NAMES),
    ]
    found = stitch(Grid(4, 8, (4, 4)), tiles)
    assert sorted(zip(found.labels.tolist(), found.scores.tolist(), strict=True)) == [
        (0, pytest.approx(0.85)),
        (1, pytest.approx(0.25)),
    ]


def test_reach_takes_masks_that_end_before_the_border() -> None:
    image = np.zeros((8, 16), np.int64)
    image[2:6, 5:11] = 1
    grid = Grid(8, 16, (8, 8))
    tiles = [image[:, :8].copy(), image[:, 8:].copy()]
    tiles[0][:, 7] = 0
    for reach, count in ((0, 2), (1, 1)):
        assert len(stitch(grid, [read(tile) for tile in tiles], MergeRules(reach))) == count


def test_rows_of_tiles_come_out_as_soon_as_they_are_finished() -> None:
    image = discs(400, 120, 300, 15)
    grid = Grid(400, 120, (50, 50), 16)
    stitcher, rows, kept = Stitcher(grid), [], []
    for row in range(grid.rows):
        boxes = grid.boxes_xyxy[row * grid.cols : (row + 1) * grid.cols]
        found = stitcher.add_row([read(image[y1:y2, x1:x2]) for x1, y1, x2, y2 in boxes])
        rows.append(found)
        if row + 1 < grid.rows:
            ended = np.unique(image[: grid.tops[row + 1] - 15])
            begun = np.unique(image[grid.tops[row + 1] :])
            out = {label for part in rows for label in part.labels.tolist()}
            assert set(ended.tolist()) - set(begun.tolist()) - {0} <= out
            kept.append(len(out))
    assert kept == sorted(kept)
    assert_whole(Nuclei.cat(rows), image)


def test_classes_and_the_size_of_a_pixel_travel_along() -> None:
    tile = Nuclei.from_label_map(
        np.ones((2, 2), int), labels=[1], class_names=('a', 'b'), pixel_size=0.25
    )
    (whole,) = stitch(Grid(2, 4, (2, 2)), [tile, tile])
    assert (whole.areas.tolist(), whole.labels.tolist()) == ([8], [1])
    assert (whole.class_names, whole.pixel_size) == (('a', 'b'), PixelSize(0.25, 0.25))


WRONG = {
    'too few tiles': (lambda tile: [tile], 'tiles for row 0'),
    'too many tiles': (lambda tile: [tile] * 3, 'more tiles than the 2 of the grid'),
    'other classes': (lambda tile: [tile, Nuclei.empty(4, 4)], 'different classes'),
    'masks of another size': (
        lambda tile: [tile, read(np.zeros((4, 5), np.int64))],
        'masks of 4 x 5 pixels for tile 1 of 4 x 4',
    ),
}


@pytest.mark.parametrize(('tiles', 'message'), WRONG.values(), ids=WRONG)
def test_says_what_does_not_fit(tiles, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stitch(Grid(4, 8, (4, 4)), tiles(read(np.zeros((4, 4), np.int64))))


@pytest.fixture(scope='module')
def real_tiles(shared: Path) -> list[Map]:
    """Three annotated tiles as label maps."""
    tiles = []
    with zipfile.ZipFile(shared / 'data' / 'vrdl2021_dataset.zip') as archive:
        names = [name for name in archive.namelist() if name.endswith('.png')]
        for tile in sorted({name.split('/')[2] for name in names if '/train/' in name})[:24:9]:
            image = np.zeros((1000, 1000), np.int64)
            for name in names:
                if f'/{tile}/masks/' in name:
                    file = np.frombuffer(archive.read(name), np.uint8)
                    image[cv2.imdecode(file, cv2.IMREAD_GRAYSCALE) > 0] = image.max() + 1
            tiles.append(image)
    return tiles


@pytest.mark.parametrize('count', [4, 16])
def test_real_nuclei_that_were_cut_are_whole_again(real_tiles: list[Map], count: int) -> None:
    """All 24 tiles: 576 of 576 with 4 parts, 1,647 of 1,647 with 16, none joined wrongly."""
    cut, whole = 0, 0
    for image in real_tiles:
        grid = parts(1000, 1000, count)
        found = cut_and_merge(image, grid)
        seen = np.zeros(image.max() + 1, int)
        for x1, y1, x2, y2 in grid.boxes_xyxy:
            seen[np.unique(image[y1:y2, x1:x2])] += 1
        areas = np.bincount(image.ravel())
        for i, (x1, y1, x2, y2) in enumerate(found.crops.boxes_xyxy):
            ids = np.unique(image[y1:y2, x1:x2][found.crops.crop(i) > 0])
            assert len(ids) == 1, f'{len(ids)} nuclei joined'
            if seen[ids[0]] > 1:
                whole += found.crops.areas[i] == areas[ids[0]]
        cut += (seen[1:] > 1).sum()
    assert cut > 50
    assert whole >= 0.98 * cut


@pytest.mark.parametrize('tile', [256, 512])
def test_real_nuclei_with_enough_overlap(real_tiles: list[Map], tile: int) -> None:
    for image in real_tiles:
        assert_whole(cut_and_merge(image, Grid(1000, 1000, (tile, tile), 120)), image)
