"""Raw values of every kind become RGB of 8 bits as it is stated, or one clear error."""

import numpy as np
import pytest
from PIL import Image

from mmnuc.errors import UserError
from mmnuc.images import PixelSize, ReadOptions, open_image, read_image
from mmnuc.images.color import cmyk_to_rgb
from mmnuc.images.memory import MemoryImage
from mmnuc.images.raw import Form
from mmnuc.images.rgb_image import RgbImage

KINDS = {
    'RGB': (np.array([[[1, 2, 3]]], np.uint8), [1, 2, 3]),
    'grey': (np.array([[7]], np.uint8), [7, 7, 7]),
    'grey with an axis of channels': (np.array([[[7]]], np.uint8), [7, 7, 7]),
    'two channels': (np.array([[[7, 200]]], np.uint8), [7, 7, 7]),
    'RGBA, opaque': (np.array([[[1, 2, 3, 255]]], np.uint8), [1, 2, 3]),
    'RGBA, glass': (np.array([[[1, 2, 3, 0]]], np.uint8), [255, 255, 255]),
    'RGBA, half': (np.array([[[0, 100, 255, 51]]], np.uint8), [204, 224, 255]),
    'truth values': (np.array([[True]]), [255, 255, 255]),
    'float': (np.array([[[0.0, 0.5, 1.0]]]), [0, 112, 225]),
    'float to 255': (np.array([[[0.0, 100.4, 255.0]]], np.float32), [0, 89, 225]),
    'float16': (np.array([[[0.0, 0.5, 1.0]]], np.float16), [0, 112, 225]),
    'float RGBA': (np.array([[[0.2, 0.4, 1.0, 1.0]]]), [48, 96, 239]),
    'RGBA of 16 bits': (np.array([[[0, 50, 100, 65535]]], np.uint16), [0, 113, 225]),
}


@pytest.mark.parametrize(('pixels', 'want'), KINDS.values(), ids=KINDS)
def test_kinds(pixels: np.ndarray, want: list[int]) -> None:
    rgb = read_image(pixels)
    assert (rgb.dtype, rgb.shape) == (np.uint8, (1, 1, 3))
    assert rgb[0, 0].tolist() == want


def test_alpha_of_16_bits_is_not_stretched_with_the_colours() -> None:
    color = np.arange(100, 400, dtype=np.uint16).reshape(10, 10, 3)
    opaque = np.dstack([color, np.full((10, 10), 65535, np.uint16)])
    assert np.array_equal(read_image(opaque), read_image(color))


def test_cmyk_is_that_of_pillow() -> None:
    inks = np.random.default_rng(0).integers(0, 256, (20, 20, 4), dtype=np.uint8)
    theirs = np.asarray(Image.fromarray(inks, 'CMYK').convert('RGB'))
    assert np.abs(cmyk_to_rgb(inks).astype(int) - theirs).max() <= 1


BAD = {
    'NaN': (np.array([[0.5, np.nan]]), 'has 1 values that are NaN'),
    'infinity': (np.array([[np.inf, 1]]), 'NaN or infinite'),
    'no rows': (np.zeros((0, 5, 3), np.uint8), 'has no pixels: 0 x 5'),
    'no columns': (np.zeros((5, 0), np.uint8), 'has no pixels: 5 x 0'),
    'five channels': (np.zeros((4, 4, 5), np.uint8), r'shape \(4, 4, 5\); wanted are'),
    'a row': (np.zeros(4, np.uint8), r'shape \(4,\)'),
    'a stack': (np.zeros((2, 4, 4, 3), np.uint8), r'shape \(2, 4, 4, 3\)'),
    'complex': (np.zeros((2, 2), complex), 'complex128, which are no pixels'),
    'text': (np.array([['a']]), 'which are no pixels'),
}


@pytest.mark.parametrize(('pixels', 'words'), BAD.values(), ids=BAD)
def test_bad_arrays(pixels: np.ndarray, words: str) -> None:
    with pytest.raises(UserError, match=f'a tile .*{words}'):
        read_image(pixels, name='a tile')


def stack(values: np.ndarray, **form: object) -> RgbImage:
    """An image of (planes, H, W, channels)."""
    options = form.pop('options', ReadOptions())
    names = form.pop('names', ('',) * values.shape[3])
    about = Form(*values.shape[1:3], values.dtype, names, planes=values.shape[0], **form)
    return RgbImage(MemoryImage(values, about), options, 'a.tif')


def whole(image: RgbImage) -> np.ndarray:
    return image.read(0, 0, image.width, image.height)


def test_projection_is_the_brightest_of_all_planes() -> None:
    values = np.random.default_rng(0).integers(0, 256, (5, 8, 9, 1), np.uint8)
    image = stack(values, plane_axis='Z', options=ReadOptions(project='max'))
    assert np.array_equal(whole(image)[..., 0], values.max(axis=0)[..., 0])
    assert 'brightest of 5 planes (Z)' in image.description
    middle = stack(values, plane_axis='Z')
    assert np.array_equal(whole(middle)[..., 0], values[2, ..., 0])


def test_three_channels_have_a_scale_each() -> None:
    ramp = np.arange(64.0).reshape(1, 8, 8, 1)
    values = np.concatenate([ramp, ramp * 100, ramp * 0.01], axis=3)
    image = stack(values, names=('a', 'b', 'c'), options=ReadOptions(channels=(1, 'b', 3)))
    seen = whole(image)
    assert np.abs(np.diff(seen.astype(int), axis=2)).max() <= 1
    assert 'channels 1, 2, 3 of 3 (a, b, c)' in image.description


def test_a_chosen_range_overrules_and_applies_to_all() -> None:
    values = np.array([0, 50, 100, 200], np.uint8).reshape(1, 2, 2, 1)
    image = stack(values, options=ReadOptions(value_range=(50, 150)))
    assert whole(image)[..., 0].ravel().tolist() == [0, 0, 128, 255]
    with pytest.raises(UserError, match='from low to high, not 5 to 5'):
        stack(values, options=ReadOptions(value_range=(5, 5)))


def test_one_channel_of_a_colour_is_grey() -> None:
    values = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    image = stack(values, color='rgb', options=ReadOptions(channels=(2,)))
    assert whole(image).tolist() == np.repeat(values[0, ..., 1:2], 3, axis=2).tolist()


@pytest.mark.parametrize('kind', [np.bool_, np.uint8, np.uint16, np.float32])
def test_where_0_is_white(kind: type) -> None:
    values = np.arange(2 if kind == np.bool_ else 100).astype(kind).reshape(1, 1, -1, 1)
    seen = whole(stack(values, color='white_is_zero'))[0, :, 0].astype(int)
    assert (np.diff(seen) < 0).sum() >= (1 if kind == np.bool_ else 97)
    assert seen[0] == 255 if kind != np.uint8 else seen.tolist() == list(range(255, 155, -1))


def test_colours_multiplied_by_alpha_already() -> None:
    values = np.array([[[[51, 0, 0, 51]]]], np.uint8)
    straight = stack(values, color='rgb', alpha=3)
    multiplied = stack(values, color='rgb', alpha=3, premultiplied=True)
    assert whole(straight).tolist() == [[[214, 204, 204]]]
    assert whole(multiplied).tolist() == [[[255, 204, 204]]]


def test_palettes_of_one_bit_and_with_glass() -> None:
    palette = np.array([[10, 20, 30, 255], [0, 0, 0, 0]], np.uint8)
    values = np.array([False, True]).reshape(1, 1, 2, 1)
    seen = whole(stack(values, color='palette', palette=palette))
    assert seen.tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_a_size_that_is_given_overrules() -> None:
    given = PixelSize(0.5, 0.5, 'given')
    image = open_image(np.zeros((4, 5), np.uint8), ReadOptions(pixel_size=given), 'a')
    assert image.pixel_size == given
    assert image.description == 'a: 5 x 4, 0.5 µm (given), grey 8 bit'


def test_large_images_find_their_scale_on_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('mmnuc.images.rgb_image._ALL_PIXELS', 1000)
    monkeypatch.setattr('mmnuc.images.rgb_image._BOX', 32)
    values = np.random.default_rng(0).integers(100, 3000, (300, 200)).astype(np.uint16)
    boxed = open_image(values)
    monkeypatch.setattr('mmnuc.images.rgb_image._ALL_PIXELS', 10**6)
    seen, want = whole(boxed).astype(int), whole(open_image(values)).astype(int)
    assert np.abs(seen - want).max() < 10
