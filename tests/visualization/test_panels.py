"""Panels side by side, and the contact sheet."""

import numpy as np
import pytest

from mmnuc.ops.crops import empty, from_bitmaps
from mmnuc.visualization.panels import (
    Layer,
    Look,
    comfortable_scale,
    contact_sheet,
    draw_layer,
    draw_side_by_side,
)

IMAGE = np.full((100, 120, 3), (180, 90, 140), np.uint8)
PLAIN = Look(scale=1)


def layer(title: str = 'ground truth', count: int = 2, side: int = 10, **others: object) -> Layer:
    dense = np.zeros((count, 100, 120), np.uint8)
    for index in range(count):
        x = 5 + index * (side + 1)
        dense[index, 5 : 5 + side, x : x + side] = 1
    masks = from_bitmaps(dense)
    return Layer(title, masks.boxes_xyxy, masks, **others)


def test_panels_stand_side_by_side_in_order() -> None:
    left, right = layer(count=1), layer('prediction', count=3)
    picture = draw_side_by_side(IMAGE, left, right, look=PLAIN)
    strip = len(picture) - 100
    assert np.array_equal(picture[strip:, :120], draw_layer(IMAGE, left, PLAIN))
    assert np.array_equal(picture[strip:, -120:], draw_layer(IMAGE, right, PLAIN))
    assert picture.shape[1] > 240


def test_one_layer_or_none_give_one_panel() -> None:
    assert draw_side_by_side(IMAGE, layer(), look=PLAIN).shape[1] == 120
    bare = draw_side_by_side(IMAGE, name='tile.png', look=PLAIN)
    assert np.array_equal(bare[-100:], IMAGE)


def test_captions_count_in_words() -> None:
    noun = ('nucleus', 'nuclei')
    assert layer(count=0, noun=noun).caption == 'ground truth · 0 nuclei'
    assert layer(count=1, noun=noun).caption == 'ground truth · 1 nucleus'
    assert layer(count=2, detail='score > 0.3').caption == 'ground truth · 2 objects · score > 0.3'


def test_grey_style_drains_all_but_the_instances() -> None:
    picture = draw_layer(IMAGE, layer(count=1), Look('grey', scale=1))
    assert len(np.unique(picture[50, 50])) == 1
    assert (picture[10, 10] == IMAGE[0, 0]).all()


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(ValueError, match="no style 'neon'"):
        Look('neon')


@pytest.mark.parametrize(
    ('count', 'side', 'labels', 'written'),
    [
        (1, 60, None, True),
        (2, 10, None, False),  # too small
        (0, 10, None, False),
        (2, 10, True, True),
        (1, 60, False, False),
    ],
)
def test_labels_appear_where_there_is_room(
    count: int, side: int, labels: bool | None, written: bool
) -> None:
    named = layer(count=count, side=side, texts=['cat'] * count)
    bare = layer(count=count, side=side)
    look = Look(scale=1, labels=labels)
    same = np.array_equal(draw_layer(IMAGE, named, look), draw_layer(IMAGE, bare, look))
    assert same is not written


def test_boxes_without_masks_are_drawn() -> None:
    boxes = np.array([[10.2, 20.0, 40.0, 50.4]])
    picture = draw_layer(IMAGE, Layer('prediction', boxes), PLAIN)
    changed = (picture != IMAGE).any(axis=2)
    assert changed[20, 10:40].all()
    assert changed[49, 10:40].all()
    assert changed[20:50, 39].all()
    assert changed.sum() == 2 * 30 + 2 * 28


def test_boxes_can_be_added_to_masks() -> None:
    disc = np.hypot(*np.mgrid[-50:50, -60:60])[None] < 20
    masks = from_bitmaps(disc)
    both = Layer('prediction', masks.boxes_xyxy, masks)
    with_boxes = draw_layer(IMAGE, both, Look(scale=1, boxes=True))
    x1, y1, _, _ = masks.boxes_xyxy[0]
    assert (with_boxes[y1, x1] != IMAGE[y1, x1]).any()
    assert (draw_layer(IMAGE, both, PLAIN)[y1, x1] == IMAGE[y1, x1]).all()


def test_dark_images_are_brightened_and_it_can_be_forbidden() -> None:
    dark = np.zeros((100, 120, 3), np.uint8)
    dark[40:60, 40:60] = 50
    none = Layer('ground truth', np.zeros((0, 4)), empty(100, 120))
    assert draw_side_by_side(dark, none, look=PLAIN)[-100:].max() == 255
    kept = draw_side_by_side(dark, none, look=Look(scale=1, brighten=False))
    assert kept[-100:].max() == 50


def test_small_images_are_enlarged() -> None:
    assert comfortable_scale(0, 0) == 4
    assert comfortable_scale(4000, 3000) == 1
    assert draw_layer(IMAGE, layer()).shape == (400, 480, 3)


@pytest.mark.parametrize(('count', 'columns'), [(1, None), (2, None), (7, None), (7, 1), (7, 9)])
def test_contact_sheet_shows_every_picture_once(count: int, columns: int | None) -> None:
    pictures = [np.full((10 + i, 30 - i, 3), 100 + i, np.uint8) for i in range(count)]
    sheet = contact_sheet(pictures, columns)
    for i, picture in enumerate(pictures):
        assert (sheet == 100 + i).all(axis=2).sum() == picture.shape[0] * picture.shape[1]


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match='at least one'):
        contact_sheet([])
