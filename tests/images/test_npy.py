"""Arrays in files: what each shape means."""

import io
from pathlib import Path

import numpy as np
import pytest

from mmnuc.errors import UserError
from mmnuc.images import ReadOptions, open_image, read_image

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


GREY, RGB, FOUR, PAGES = noise(40, 50), noise(40, 50, 3), noise(40, 50, 4), noise(6, 40, 50)
SHAPES = {
    'grey': (GREY, np.dstack([GREY] * 3), '50 x 40, grey'),
    'RGB': (RGB, RGB, '50 x 40, RGB'),
    'RGB, channels first': (np.moveaxis(RGB, 2, 0), RGB, '50 x 40, RGB'),
    'four channels': (FOUR, FOUR[..., :1].repeat(3, axis=2), 'channel 1 of 4'),
    'pages': (PAGES, PAGES[0, ..., None].repeat(3, axis=2), 'page 1 of 6'),
    'pages of RGB': (RGB[None].repeat(2, axis=0), RGB, 'page 1 of 2'),
    'Fortran': (np.asfortranarray(RGB), RGB, '50 x 40, RGB'),
}


@pytest.mark.parametrize(('array', 'want', 'words'), SHAPES.values(), ids=SHAPES)
def test_shapes(tmp_path: Path, array: np.ndarray, want: np.ndarray, words: str) -> None:
    np.save(tmp_path / 'a.npy', array)
    assert np.array_equal(read_image(tmp_path / 'a.npy'), want)
    assert np.array_equal(read_image((tmp_path / 'a.npy').read_bytes()), want)
    assert words in open_image(tmp_path / 'a.npy').description


def test_choices(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', np.stack([FOUR, FOUR[::-1]]))
    chosen = read_image(tmp_path / 'a.npy', ReadOptions(plane=2, channels=(4, 1, 2)))
    assert np.array_equal(chosen, FOUR[::-1, :, [3, 0, 1]])


@pytest.mark.parametrize('kind', ['>u2', '<f4', '>f8', '?', '<i4'])
def test_types(kind: str) -> None:
    array = (GREY // 2).astype(kind)
    file = io.BytesIO()
    np.save(file, array)
    assert np.array_equal(read_image(file.getvalue()), read_image(array))


BAD = {
    'objects': (np.array([[None]]), 'damaged, or no array.*objects'),
    'a number': (np.array(3), r'has shape \(\); wanted'),
    'a row': (np.zeros(9), r'has shape \(9,\); wanted'),
    'five axes': (np.zeros((2, 2, 2, 20, 20)), r'has shape \(2, 2, 2, 20, 20\); wanted'),
    'nothing': (np.zeros((0, 9)), 'no pixels'),
    'words': (np.array([['a']]), 'no pixels'),
}


@pytest.mark.parametrize(('array', 'words'), BAD.values(), ids=BAD)
def test_what_is_no_image(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / 'a.npy', array)
    with pytest.raises(UserError, match=rf'a\.npy .*{words}'):
        read_image(tmp_path / 'a.npy')


def test_truncated(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', GREY)
    content = (tmp_path / 'a.npy').read_bytes()
    for size in (8, 60, 1000):
        (tmp_path / 'a.npy').write_bytes(content[:size])
        with pytest.raises(UserError, match='damaged, or no array'):
            read_image(tmp_path / 'a.npy')


def test_a_size_that_no_memory_holds() -> None:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {'descr': '|u1', 'fortran_order': False, 'shape': (10**9, 10**9)}
    )
    with pytest.raises(UserError, match=r'a\.npy is damaged, or no array'):
        open_image(file.getvalue(), name='a.npy')
