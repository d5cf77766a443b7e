"""Drawing, pixel by pixel."""

import numpy as np
import pytest
from scipy import ndimage

from mmnuc.ops.crops import Crops, empty, from_bitmaps
from mmnuc.ops.drawing.draw import (
    brighten_dark,
    draw_instances,
    grey_background,
    outline,
    resize,
    to_rgb,
)

GREY = np.full((40, 50, 3), 77, np.uint8)


def bitmaps(*slices: tuple[slice, slice], size_hw: tuple[int, int] = (40, 50)) -> np.ndarray:
    dense = np.zeros((len(slices), *size_hw), np.uint8)
    for mask, (rows, columns) in zip(dense, slices, strict=True):
        mask[rows, columns] = 1
    return dense


def ring() -> np.ndarray:
    dense = bitmaps((slice(5, 25), slice(5, 25)))
    dense[0, 10:20, 10:20] = 0
    return dense


def blobs(seed: int) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((40, 50)), 2)
    labels, count = ndimage.label(noise > np.quantile(noise, 0.6))
    return np.stack([labels == i for i in range(1, count + 1)]).astype(np.uint8)


WORLDS = {
    'one pixel': bitmaps((slice(7, 8), slice(9, 10))),
    'a line': bitmaps((slice(7, 8), slice(9, 30))),
    'at all borders': bitmaps((slice(0, 40), slice(0, 50))),
    'in the last corner': bitmaps((slice(39, 40), slice(49, 50))),
    'touching': bitmaps((slice(5, 15), slice(5, 15)), (slice(5, 15), slice(15, 25))),
    'with a hole': ring(),
    'blobs': blobs(0),
    'two parts': bitmaps((slice(1, 4), slice(1, 4))) | bitmaps((slice(20, 30), slice(30, 33))),
}


@pytest.mark.parametrize('name', WORLDS)
def test_exactly_the_border_pixels_change(name: str) -> None:
    dense = WORLDS[name]
    drawn = draw_instances(GREY, from_bitmaps(dense))
    # A border pixel touches something else, or the end of the image, by a side.
    inner = np.stack([ndimage.binary_erosion(mask) for mask in dense])
    border = (dense.astype(bool) & ~inner).any(axis=0)
    assert np.array_equal((drawn != GREY).any(axis=2), border)


def test_touching_nuclei_keep_a_line_each() -> None:
    drawn = draw_instances(GREY, from_bitmaps(WORLDS['touching']))
    left, right = drawn[5:15, 14], drawn[5:15, 15]
    assert (left == left[0]).all()
    assert (right == right[0]).all()
    assert np.abs(left[0].astype(int) - right[0]).sum() > 90


@pytest.mark.parametrize('scale', [0.4, 2, 3.5])
@pytest.mark.parametrize('name', WORLDS)
def test_at_other_scales_lines_stay_near_the_border(name: str, scale: float) -> None:
    dense = WORLDS[name]
    drawn = draw_instances(GREY, from_bitmaps(dense), scale=scale, line_width=1)
    assert drawn.shape == (round(40 * scale), round(50 * scale), 3)
    inner = np.stack([ndimage.binary_erosion(mask) for mask in dense])
    border = (dense.astype(bool) & ~inner).any(axis=0)
    ys, xs = np.nonzero((drawn != GREY[0, 0]).any(axis=2))
    assert len(ys)
    distance = ndimage.distance_transform_edt(~border)
    rows = np.clip(((ys + 0.5) / scale).astype(int), 0, 39)
    columns = np.clip(((xs + 0.5) / scale).astype(int), 0, 49)
    assert distance[rows, columns].max() <= 1.5 + 1.5 / scale


def test_the_image_itself_is_left_alone() -> None:
    image = GREY.copy()
    draw_instances(image, from_bitmaps(WORLDS['touching']), fill=0.5)
    grey_background(image, from_bitmaps(WORLDS['touching']))
    assert np.array_equal(image, GREY)


def test_colours_can_be_given_and_lines_left_out() -> None:
    masks = from_bitmaps(WORLDS['touching'])
    colors = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
    drawn = draw_instances(GREY, masks, colors=colors, fill=1.0, line_width=0)
    assert (drawn[5:15, 5:15] == colors[0]).all()
    assert (drawn[5:15, 15:25] == colors[1]).all()
    assert (drawn != GREY).any(axis=2).sum() == 200


def test_fill_blends_and_spares_holes() -> None:
    drawn = draw_instances(
        GREY, from_bitmaps(ring()), colors=np.array([[255, 255, 255]], np.uint8), fill=0.5
    )
    assert drawn[7, 7, 0] == round((77 + 255) / 2)
    assert (drawn[11:19, 11:19] == 77).all()


def test_empty_sets_and_empty_masks_draw_nothing() -> None:
    assert np.array_equal(draw_instances(GREY, empty(40, 50)), GREY)
    nothing = from_bitmaps(np.zeros((2, 40, 50), np.uint8))
    assert np.array_equal(draw_instances(GREY, nothing, fill=0.4), GREY)
    mixed = np.concatenate([np.zeros((1, 40, 50), np.uint8), WORLDS['one pixel']])
    assert (draw_instances(GREY, from_bitmaps(mixed)) != GREY).any(axis=2).sum() == 1


def test_read_only_arrays_are_fine() -> None:
    masks = from_bitmaps(WORLDS['touching'])
    frozen = Crops(masks.buffer.copy(), masks.offsets, masks.boxes_xyxy, 40, 50)
    frozen.buffer.setflags(write=False)
    assert np.array_equal(draw_instances(GREY, frozen), draw_instances(GREY, masks))


def test_masks_of_another_image_are_refused() -> None:
    with pytest.raises(ValueError, match=r'\(40, 50\) and \(30, 50\)'):
        draw_instances(GREY, empty(30, 50))
    with pytest.raises(ValueError, match='differ in size'):
        grey_background(GREY, empty(40, 51))


def test_grey_background_keeps_the_colours_of_instances_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    dense = blobs(1)
    result = grey_background(image, from_bitmaps(dense))
    covered = dense.any(axis=0)
    assert np.array_equal(result[covered], image[covered])
    outside = result[~covered]
    assert (outside == outside[:, :1]).all()


@pytest.mark.parametrize(
    'image',
    [
        np.full((4, 6), 9, np.uint8),
        np.full((4, 6, 1), 9, np.uint8),
        np.full((4, 6, 3), 9, np.uint8),
        np.full((4, 6, 4), 9, np.uint8),
        np.full((4, 6), 9.0),
        np.full((4, 6, 3), 9, np.int64),
        np.full((8, 12, 3), 9, np.uint8)[::2, ::2],
    ],
)
def test_any_image_becomes_rgb(image: np.ndarray) -> None:
    rgb = to_rgb(image)
    assert rgb.dtype == np.uint8
    assert np.array_equal(rgb, np.full((4, 6, 3), 9))
    assert rgb.flags.writeable
    assert rgb.flags.c_contiguous
    assert not np.shares_memory(rgb, image)


def test_sixteen_bits_are_stretched_to_eight() -> None:
    deep = np.array([[0, 1000], [2000, 4000]], np.uint16)
    assert to_rgb(deep)[..., 0].tolist() == [[0, 63], [127, 255]]


@pytest.mark.parametrize('shape', [(3,), (2, 2, 2), (2, 2, 5), (1, 2, 2, 3)])
def test_other_shapes_are_no_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='not a grey, RGB or RGBA image'):
        to_rgb(np.zeros(shape, np.uint8))


def test_only_dark_backgrounds_are_brightened() -> None:
    rng = np.random.default_rng(0)
    fluorescence = rng.integers(0, 6, (60, 60, 3)).astype(np.uint8)
    fluorescence[20:40, 20:40] = 60
    bright, changed = brighten_dark(fluorescence)
    assert changed
    assert bright.max() == 255
    tissue = rng.integers(60, 120, (60, 60, 3)).astype(np.uint8)
    for image in (tissue, np.zeros((5, 5, 3), np.uint8), np.zeros((0, 5, 3), np.uint8)):
        same, changed = brighten_dark(image)
        assert not changed
        assert same is image


def test_resize_never_ends_at_nothing() -> None:
    assert resize(GREY, 0.001).shape == (1, 1, 3)
    assert resize(GREY, 1) is GREY


def test_outline_is_where_the_crop_lies() -> None:
    (path,) = outline(np.ones((3, 4), np.uint8), (10, 20))
    assert path.min(axis=0).tolist() == [10, 20]
    assert path.max(axis=0).tolist() == [13, 22]
