"""Pixels of every kind become RGB of 8 bits as it is stated, or one clear error."""

import numpy as np
import pytest
from mmnuc.images.convert import cmyk_to_rgb, to_rgb
from PIL import Image

from mmnuc.errors import UserError

KINDS = {
    'RGB': (np.array([[[1, 2, 3]]], np.uint8), [1, 2, 3]),
    'grey': (np.array([[7]], np.uint8), [7, 7, 7]),
    'grey with an axis of channels': (np.array([[[7]]], np.uint8), [7, 7, 7]),
    'RGBA, opaque': (np.array([[[1, 2, 3, 255]]], np.uint8), [1, 2, 3]),
    'RGBA, glass': (np.array([[[1, 2, 3, 0]]], np.uint8), [255, 255, 255]),
    'RGBA, half': (np.array([[[0, 100, 255, 51]]], np.uint8), [204, 224, 255]),
    'grey and alpha': (np.array([[[10, 0]]], np.uint8), [255, 255, 255]),
    'truth values': (np.array([[True]]), [255, 255, 255]),
    'float to 1': (np.array([[[0.0, 0.5, 1.0]]]), [0, 128, 255]),
    'float to 255': (np.array([[[0.0, 100.4, 255.0]]], np.float32), [0, 100, 255]),
    'float16': (np.array([[[0.0, 0.5, 1.0]]], np.float16), [0, 128, 255]),
    '16 bits, constant': (np.full((1, 1, 3), 9, np.uint16), [0, 0, 0]),
    'float RGBA': (np.array([[[0.2, 0.4, 1.0, 1.0]]]), [51, 102, 255]),
}


@pytest.mark.parametrize(('pixels', 'want'), KINDS.values(), ids=KINDS)
def test_kinds(pixels: np.ndarray, want: list[int]) -> None:
    rgb = to_rgb(pixels)
    assert (rgb.dtype, rgb.shape) == (np.uint8, (1, 1, 3))
    assert rgb[0, 0].tolist() == want


@pytest.mark.parametrize('kind', [np.uint16, np.int16, np.uint32, np.int64, np.float64])
def test_more_than_8_bits_are_stretched_all_channels_alike(kind: type) -> None:
    values = np.arange(3 * 64 * 64).reshape(64, 64, 3).astype(kind)
    rgb = to_rgb(values)
    low, high = np.percentile(values, [0.1, 99.9])
    want = ((values.astype(float) - low) * 255 / (high - low)).round().clip(0, 255)
    assert np.array_equal(rgb, want)
    assert (rgb.min(), rgb.max()) == (0, 255)


def test_alpha_of_16_bits_is_not_stretched_with_the_colours() -> None:
    color = np.arange(100, 400, dtype=np.uint16).reshape(10, 10, 3)
    opaque = np.dstack([color, np.full((10, 10), 65535, np.uint16)])
    assert np.array_equal(to_rgb(opaque), to_rgb(color))


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
        to_rgb(pixels, 'a tile')
