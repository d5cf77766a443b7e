"""Captions and labels."""

import numpy as np
import pytest

from mmnuc.visualization.text import add_caption, draw_labels, shorten, text_width


def test_caption_adds_a_strip_and_keeps_the_image() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 300, 3)).astype(np.uint8)
    picture = add_caption(image, 'prediction · 1,862 nuclei', 'tile.png')
    assert np.array_equal(picture[-30:], image)
    strip = picture[:-30]
    assert strip[:, :150].max() > 200
    assert strip[:, 200:].max() > 120


@pytest.mark.parametrize('width', [1, 5, 40, 120])
def test_caption_fits_any_width(width: int) -> None:
    image = np.zeros((10, width, 3), np.uint8)
    assert add_caption(image, 'ground truth', 'a_long_name.png').shape[1] == width


def test_a_long_name_gives_way_to_the_count() -> None:
    image = np.zeros((10, 260, 3), np.uint8)
    alone = add_caption(image, 'ground truth · 27 nuclei')
    named = add_caption(image, 'ground truth · 27 nuclei', 'x' * 100)
    title = text_width('ground truth · 27 nuclei', 11)
    assert np.array_equal(alone[:, :title], named[:, :title])
    assert not np.array_equal(alone, named)


@pytest.mark.parametrize('room', [0, 10, 60, 100, 1000])
def test_shortened_texts_fit_and_keep_both_ends(room: int) -> None:
    text = 'TCGA-HE-7130-01Z-00-DX1.png'
    short = shorten(text, room, 12)
    assert text_width(short, 12) <= room
    if short not in ('', text):
        start, end = short.split('…')
        assert text.startswith(start)
        assert text.endswith(end)


def test_labels_stay_inside_the_image() -> None:
    image = np.zeros((60, 200, 3), np.uint8)
    corners = np.array([[-20.0, -20.0], [195.0, 58.0], [50.0, 40.0]])
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    picture = draw_labels(image, corners, ['cat 0.93', 'dog 0.50', ''], colors)
    assert not image.any()
    assert (picture[0, 0] == colors[0]).all()
    assert (picture[40:58, -1] == colors[1]).all()
    assert not (picture == colors[2]).all(axis=2).any()
