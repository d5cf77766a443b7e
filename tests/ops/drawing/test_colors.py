"""Colours: neighbours differ clearly, and the choice never changes by chance."""

import numpy as np
import pytest

from mmnuc.ops.drawing.colors import PALETTE, close_pairs, instance_colors


def boxes_at_random(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 300, (count, 2))
    return np.concatenate([corner, corner + rng.integers(1, 40, (count, 2))], axis=1)


@pytest.mark.parametrize(('count', 'margin'), [(0, 4), (1, 4), (60, 0), (60, 7), (200, 2)])
def test_close_pairs_equal_the_obvious_search(count: int, margin: int) -> None:
    boxes = boxes_at_random(count, seed=count)
    expected = {
        (i, j)
        for i in range(count)
        for j in range(i + 1, count)
        if (boxes[i, :2] < boxes[j, 2:] + margin).all()
        and (boxes[j, :2] < boxes[i, 2:] + margin).all()
    }
    found = [tuple(pair) for pair in close_pairs(boxes, margin).tolist()]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_neighbours_in_a_grid_never_share_a_colour() -> None:
    y, x = np.divmod(np.arange(100), 10)
    boxes = np.stack([x * 10, y * 10, x * 10 + 10, y * 10 + 10], axis=1)
    colors = instance_colors(boxes).reshape(10, 10, 3).astype(int)
    for a, b in [
        (colors[1:], colors[:-1]),
        (colors[:, 1:], colors[:, :-1]),
        (colors[1:, 1:], colors[:-1, :-1]),
        (colors[1:, :-1], colors[:-1, 1:]),
    ]:
        assert np.abs(a - b).sum(axis=-1).min() > 90


def test_lonely_instances_use_the_whole_palette() -> None:
    start = np.arange(len(PALETTE)) * 100
    boxes = np.stack([start, start, start + 5, start + 5], axis=1)
    assert len(np.unique(instance_colors(boxes), axis=0)) == len(PALETTE)


def test_the_same_boxes_get_the_same_colours() -> None:
    boxes = boxes_at_random(150, seed=1)
    assert np.array_equal(instance_colors(boxes), instance_colors(boxes.astype(np.float32)))


def test_more_neighbours_than_colours_still_get_one() -> None:
    boxes = np.tile([[0, 0, 9, 9]], (30, 1))
    assert instance_colors(boxes).shape == (30, 3)


def test_every_colour_is_seen_on_black_and_on_dark_nuclei() -> None:
    brightness = PALETTE @ np.array([0.299, 0.587, 0.114])
    assert brightness.min() > 140
