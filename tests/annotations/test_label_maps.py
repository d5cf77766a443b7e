"""Label maps in every file format and number of bits, and pictures told apart from them."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.label_maps import label_map_annotations, read_label_map_file, read_numbers

SMALL = np.zeros((40, 40), np.int64)
SMALL[2:6, 3:9] = 7
SMALL[20:30, 20:22] = 3
LARGE = SMALL * 10_000


def save_pillow(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(path, compression='tiff_lzw')


def save_palette(path: Path, pixels: np.ndarray) -> None:
    image = Image.fromarray(pixels.astype(np.uint8), 'P')
    image.putpalette(np.random.default_rng(0).integers(0, 256, 768).tolist())
    image.save(path)


def save_mat(path: Path, pixels: np.ndarray) -> None:
    scipy.io.savemat(path, {'inst_map': pixels, 'inst_type': np.ones((2, 1))})


def save_cv2(path: Path, pixels: np.ndarray) -> None:
    assert cv2.imwrite(str(path), pixels)


WRITERS = {
    'png, 8 bits': ('png', SMALL.astype(np.uint8), save_cv2),
    'png, 16 bits': ('png', (SMALL * 9000).astype(np.uint16), save_cv2),
    'png, palette': ('png', SMALL.astype(np.uint8), save_palette),
    'png, three times': ('png', np.dstack([SMALL] * 3).astype(np.uint8), save_cv2),
    'tif, 8 bits': ('tif', SMALL.astype(np.uint8), save_cv2),
    'tif, 16 bits': ('tif', (SMALL * 9000).astype(np.uint16), save_pillow),
    'tif, 32 bits': ('tif', LARGE.astype(np.int32), save_pillow),
    'tif, float': ('tif', LARGE.astype(np.float32), save_cv2),
    'npy, 64 bits': ('npy', LARGE, np.save),
    'npy, unsigned': ('npy', LARGE.astype(np.uint32), np.save),
    'npy, float': ('npy', LARGE.astype(np.float64), np.save),
    'mat, 32 bits': ('mat', LARGE.astype(np.int32), save_mat),
    'tif, 64 bits': ('tif', LARGE, tifffile.imwrite),
    'tif, zstd': ('tif', SMALL.astype(np.uint16), partial(tifffile.imwrite, compression='zstd')),
    'mat, float': ('mat', LARGE.astype(np.float64), save_mat),
}


@pytest.mark.parametrize(('suffix', 'pixels', 'save'), WRITERS.values(), ids=WRITERS.keys())
def test_numbers_are_read_as_they_were_written(
    tmp_path: Path, suffix: str, pixels: np.ndarray, save: Callable
) -> None:
    path = tmp_path / f'a.{suffix}'
    save(path, pixels)
    again = read_numbers(path.read_bytes(), path.name)
    assert again.dtype == np.int64
    assert np.array_equal(again, pixels if pixels.ndim == 2 else pixels[..., 0])


def test_unsigned_tiffs_of_32_bits_are_read() -> None:
    # Written by hand: no writer at hand makes them. Little-endian, one strip, no compression.
    header = b'II*\0\x08\0\0\0'
    tags = [
        (256, 4, 40), (257, 4, 40), (258, 4, 32), (259, 4, 1), (262, 4, 1), (273, 4, 134),
        (277, 4, 1), (278, 4, 40), (279, 4, 6400), (339, 4, 1),
    ]  # fmt: skip
    table = b''.join(
        np.array([tag, kind], '<u2').tobytes() + np.array([1, value], '<u4').tobytes()
        for tag, kind, value in tags
    )
    data = header + np.array([len(tags)], '<u2').tobytes() + table + b'\0' * 4
    assert len(data) == 134
    assert np.array_equal(read_numbers(data + LARGE.astype('<u4').tobytes(), 'a.tif'), LARGE)


HDF5 = b'MATLAB 7.3 MAT-file'.ljust(124) + b'\0\2IM'

COLORED = np.dstack([SMALL, SMALL, SMALL * 2]).astype(np.uint8)


def write_header(path: Path) -> None:
    np.save(path, SMALL)
    path.write_bytes(path.read_bytes().replace(b'}', b'('))


BROKEN = {
    'in colour': ('a.png', lambda p: save_cv2(p, COLORED), 'is a picture in colour'),
    'fractions': ('a.npy', lambda p: np.save(p, SMALL / 2), 'fractional'),
    'negative': ('a.npy', lambda p: np.save(p, -SMALL), 'negative numbers, from -7'),
    'a page a nucleus': (
        'a.tif',
        lambda p: tifffile.imwrite(p, np.stack([SMALL] * 20), photometric='minisblack'),
        '20 pages',
    ),
    'a stack': ('a.npy', lambda p: np.save(p, np.stack([SMALL] * 2)), 'has 2 pages'),
    'words': ('a.npy', lambda p: np.save(p, np.array([['a']])), 'no pixels'),
    'pickled': ('a.npy', lambda p: np.save(p, np.array([[None]])), 'pickle'),
    'no array': ('a.npy', lambda p: p.write_bytes(b'\x93NUMPY'), ''),
    'no inst_map': ('a.mat', lambda p: scipy.io.savemat(p, {'map': SMALL}), 'no array "inst_map"'),
    'MATLAB 7.3': ('a.mat', lambda p: p.write_bytes(HDF5), 'save it again with "-v7"'),
    'a header that is no Python': ('a.npy', write_header, 'damaged'),
    'no mat file': ('a.mat', lambda p: p.write_bytes(b'x' * 200), 'damaged'),
}  # fmt: skip


@pytest.mark.parametrize(('name', 'write', 'told'), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_label_map_is_told(
    tmp_path: Path, name: str, write: Callable, told: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(AnnotationError, match=re.escape(told)):
        read_numbers((tmp_path / name).read_bytes(), name)


def discs(count: int = 20, radius: int = 6, seed: int = 0) -> np.ndarray:
    """A label map (120, 160) of discs that don't touch."""
    rng = np.random.default_rng(seed)
    label_map = np.zeros((120, 160), np.int64)
    for number in range(count):
        y, x = 12 + number // 8 * 16, 12 + number % 8 * 18
        cv2.circle(grown := np.zeros((120, 160), np.uint8), (x, y), radius, 1, -1)
        label_map[grown > 0] = number + 1 + rng.integers(1)
    return label_map


RNG = np.random.default_rng(1)
PICTURES = {
    'grey noise of 8 bits': RNG.integers(60, 200, (120, 160)),
    'grey noise of 16 bits': RNG.integers(0, 60_000, (120, 160)),
    'nuclei on noise': (discs() > 0) * 90 + RNG.integers(0, 40, (120, 160)),
    'blurred nuclei': (cv2.GaussianBlur((discs() > 0) * 4000.0, (0, 0), 3)).astype(int)
    + RNG.poisson(100, (120, 160)),
    'classes of nuclei': (discs() > 0) * (1 + discs() % 3),
    'inside and border': (discs() > 0) * 1 + (discs(radius=3) > 0),
}  # fmt: skip


@pytest.mark.parametrize('pixels', PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_no_label_map(pixels: np.ndarray) -> None:
    with pytest.raises(AnnotationError, match='looks like a picture'):
        label_map_annotations(pixels)


MAPS = {
    'discs': discs(),
    'one nucleus': discs(1),
    'nuclei of one pixel': np.eye(9, dtype=int) * np.arange(1, 10),
    'without background': np.arange(1, 17).reshape(4, 4).repeat(9, 0).repeat(9, 1),
    'some in parts': discs() + (np.roll(discs(3, radius=2), 60, 0)),
    'empty': np.zeros((9, 9), int),
}


@pytest.mark.parametrize('label_map', MAPS.values(), ids=MAPS.keys())
def test_a_label_map_is_no_picture(label_map: np.ndarray) -> None:
    assert len(label_map_annotations(label_map)) == len(np.unique(label_map[label_map > 0]))


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(2, 30))
def test_cells_of_any_size_are_a_label_map(seed: int, count: int, side: int) -> None:
    """Nearest of some points: each number is one region, and nothing is background."""
    points = np.random.default_rng(seed).random((count, 2)) * side * 3
    y, x = np.mgrid[: side * 3, : side * 3]
    far = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    label_map = far.argmin(axis=2) + 1
    if np.median(np.bincount(label_map.ravel())[1:]) >= 4:
        assert len(label_map_annotations(label_map)) == len(np.unique(label_map))


def test_a_single_number_in_parts_is_suspected() -> None:
    (note,) = label_map_annotations((discs() > 0) * 255).notes
    assert note == 'holds only the number 255, in 20 parts: inside and outside, or one nucleus?'


def test_numbers_name_the_nuclei(tmp_path: Path) -> None:
    np.save(tmp_path / 'a.npy', SMALL)
    found = read_label_map_file((tmp_path / 'a.npy').read_bytes(), 'a.npy')
    assert found.wheres == ('number 3', 'number 7')
    assert found.crops.areas.tolist() == [20, 24]


@pytest.mark.parametrize('number', [1, 255])
def test_a_background_that_is_not_0_is_refused(number: int) -> None:
    label_map = np.where(discs() > 0, discs() + 1, number)
    with pytest.raises(AnnotationError, match=f'the number {number} covers .* is the background'):
        label_map_annotations(label_map)


def test_a_map_of_classes_with_few_nuclei_is_suspected() -> None:
    label_map = np.where(discs(4) > 0, discs(4) % 2 + 1, 0)
    (note,) = label_map_annotations(label_map).notes
    assert note == 'each of its 2 numbers is in several parts: classes, or nuclei?'
