"""One synthetic tile: what can be said about it without looking at it."""

import cv2
import numpy as np
import pytest

from mmnuc.converters.synthetic.tile import render_tile

SEEDS = [0, 1, 2, 3]


@pytest.fixture(scope='module')
def tiles() -> list[tuple[np.ndarray, np.ndarray]]:
    return [render_tile((256, 256), seed) for seed in SEEDS]


def touching_pairs(label_map: np.ndarray) -> int:
    pairs = set()
    for one, other in ((label_map[1:], label_map[:-1]), (label_map[:, 1:], label_map[:, :-1])):
        meet = (one != other) & (one > 0) & (other > 0)
        pairs |= {tuple(sorted(pair)) for pair in zip(one[meet], other[meet], strict=True)}
    return len(pairs)


def test_same_seed_same_tile() -> None:
    for one, other in zip(render_tile((48, 80), 7), render_tile((48, 80), 7), strict=True):
        assert np.array_equal(one, other)


def test_other_seed_other_tile(tiles: list[tuple[np.ndarray, np.ndarray]]) -> None:
    assert len({image.tobytes() for image, _ in tiles}) == len(SEEDS)


def test_shapes_and_types() -> None:
    image, label_map = render_tile((48, 80), 0)
    assert (image.shape, image.dtype) == ((48, 80, 3), np.uint8)
    assert (label_map.shape, label_map.dtype) == ((48, 80), np.int32)


def test_labels_are_dense_and_nuclei_in_one_piece(
    tiles: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    for _, label_map in tiles:
        labels = np.unique(label_map)
        assert np.array_equal(labels, np.arange(len(labels)))
        for label in labels[1:]:
            parts, _ = cv2.connectedComponents((label_map == label).astype(np.uint8))
            assert parts == 2


def test_sizes_are_those_of_real_nuclei(tiles: list[tuple[np.ndarray, np.ndarray]]) -> None:
    areas = np.concatenate([np.bincount(label_map.ravel())[1:] for _, label_map in tiles])
    diameters = 2 * np.sqrt(areas / np.pi)
    assert 15 < np.median(diameters) < 26
    assert np.quantile(diameters, 0.95) < 40
    assert len(areas) > 25 * len(tiles)


def test_some_nuclei_touch_and_some_do_not(tiles: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for _, label_map in tiles:
        assert 3 < touching_pairs(label_map) < label_map.max()


def test_colours_are_those_of_a_stained_slide(
    tiles: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    for image, label_map in tiles:
        inside, outside = (image[mask].mean(0) for mask in (label_map > 0, label_map == 0))
        for red, green, blue in (inside, outside):
            assert green < min(red, blue)
        assert inside.sum() < outside.sum() - 60
        assert outside[0] > outside[2] - 10
        assert inside[0] < inside[2] + 25


def test_density_is_the_number_of_nuclei() -> None:
    none, few, many = (render_tile((128, 128), 5, density)[1].max() for density in (0.0, 0.3, 1.5))
    assert none == 0 < few < many


@pytest.mark.parametrize(
    ('size_hw', 'density'), [((15, 64), 1.0), ((64, 8), 1.0), ((64, 64), -0.5)]
)
def test_impossible_tiles_are_refused(size_hw: tuple[int, int], density: float) -> None:
    with pytest.raises(ValueError, match='pixels with density'):
        render_tile(size_hw, 0, density)
