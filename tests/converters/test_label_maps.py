"""Label maps in every file format and number of bits, and how they find their images."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io
import tifffile
from PIL import Image
from pycocotools.coco import COCO

from mmnuc.converters import ConversionOptions, convert, label_maps
from mmnuc.converters.label_maps import read_label_map
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError

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


def save_zstd(path: Path, pixels: np.ndarray) -> None:
    tifffile.imwrite(path, pixels, compression='zstd')


def save_cv2(path: Path, pixels: np.ndarray) -> None:
    assert cv2.imwrite(str(path), pixels)


WRITERS = {
    'png, 8 bits': ('png', SMALL.astype(np.uint8), save_cv2),
    'png, 16 bits': ('png', (SMALL * 9000).astype(np.uint16), save_cv2),
    'png, three times': ('png', np.dstack([SMALL] * 3).astype(np.uint8), save_cv2),
    'png, palette': ('png', SMALL.astype(np.uint8), save_palette),
    'tif, 8 bits': ('tif', SMALL.astype(np.uint8), save_cv2),
    'tif, 16 bits': ('tif', (SMALL * 9000).astype(np.uint16), save_pillow),
    'tif, 32 bits': ('tif', LARGE.astype(np.int32), save_pillow),
    'tif, float': ('tif', LARGE.astype(np.float32), save_cv2),
    'tif, 64 bits, zstd': ('tif', LARGE, save_zstd),
    'npy, 64 bits': ('npy', LARGE, np.save),
    'npy, unsigned': ('npy', LARGE.astype(np.uint32), np.save),
    'npy, float': ('npy', LARGE.astype(np.float64), np.save),
    'mat, 32 bits': ('mat', LARGE.astype(np.int32), save_mat),
    'mat, float': ('mat', LARGE.astype(np.float64), save_mat),
}


@pytest.mark.parametrize(('suffix', 'pixels', 'save'), WRITERS.values(), ids=WRITERS.keys())
def test_numbers_are_read_as_they_were_written(
    tree, suffix: str, pixels: np.ndarray, save: Callable
) -> None:
    save(tree.path(f'a.{suffix}'), pixels)
    again = read_label_map(File(str(tree.root), f'a.{suffix}'))
    assert again.dtype == np.int64
    assert np.array_equal(again, pixels if pixels.ndim == 2 else pixels[..., 0])


def test_unsigned_tiffs_of_32_bits_are_read(tree) -> None:
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
    tree.bytes('a.tif', data + LARGE.astype('<u4').tobytes())
    assert np.array_equal(read_label_map(File(str(tree.root), 'a.tif')), LARGE)


HDF5 = b'MATLAB 7.3 MAT-file'.ljust(124) + b'\0\2IM'

COLORED = np.dstack([SMALL, SMALL, SMALL * 2]).astype(np.uint8)

BROKEN = {
    'in colour': ('a.png', lambda p: save_cv2(p, COLORED), 'is a picture in colour'),
    'fractions': ('a.npy', lambda p: np.save(p, SMALL / 2), 'fractional'),
    'negative': ('a.npy', lambda p: np.save(p, -SMALL), 'negative numbers, from -7'),
    'a stack': ('a.npy', lambda p: np.save(p, np.stack([SMALL] * 2)), 'has 2 pages'),
    'words': ('a.npy', lambda p: np.save(p, np.array([['a']])), 'no pixels'),
    'pickled': ('a.npy', lambda p: np.save(p, np.array([[None]])), 'pickle'),
    'no array': ('a.npy', lambda p: p.write_bytes(b'\x93NUMPY'), ''),
    'no inst_map': ('a.mat', lambda p: scipy.io.savemat(p, {'map': SMALL}), 'no array "inst_map"'),
    'MATLAB 7.3': ('a.mat', lambda p: p.write_bytes(HDF5), 'save it again with "-v7"'),
    'no mat file': ('a.mat', lambda p: p.write_bytes(b'x' * 200), 'damaged'),
}  # fmt: skip


@pytest.mark.parametrize(('name', 'write', 'told'), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_label_map_is_told(tree, name: str, write: Callable, told: str) -> None:
    write(tree.path(name))
    with pytest.raises(SourceError) as caught:
        read_label_map(File(str(tree.root), name))
    assert (caught.value.fault.kind, caught.value.fault.file) == ('unreadable', name)
    assert told in caught.value.fault.detail


@pytest.mark.parametrize('suffix', ['png', 'tif', 'npy', 'mat'])
def test_a_truncated_label_map_leaves_its_image_out(tree, tmp_path: Path, suffix: str) -> None:
    for name in ('a', 'b'):
        tree.image(f'images/{name}.png', seed=ord(name))
        pixels = np.random.default_rng(0).integers(0, 99, (40, 40)).astype(np.uint8)
        writer = {'npy': np.save, 'mat': save_mat}.get(suffix, save_cv2)
        writer(tree.path(f'labels/{name}.{suffix}'), pixels)
    tree.truncate(f'labels/a.{suffix}', 0.7)
    with pytest.raises(UserError, match=f'unreadable +labels/a.{suffix}'):
        convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    options = ConversionOptions(workers=1, skip_bad=True)
    report = convert('label-maps', tree.root, tmp_path / 'out', options)
    assert report.excluded == {'images': 1, 'masks': 0}


def test_gaps_between_numbers_do_not_matter(tree, tmp_path: Path, decode: Callable) -> None:
    tree.image('images/a.png')
    tree.write('labels/a.npy', LARGE)
    report = convert('label-maps', tree.zip(), tmp_path / 'out', ConversionOptions(workers=1))
    assert report.nuclei['all'] == 2
    coco = COCO(str(tmp_path / 'out' / 'all.json'))
    masks = [decode(annotation) for annotation in coco.loadAnns(coco.getAnnIds())]
    assert np.array_equal(masks[0], SMALL == 3)
    assert np.array_equal(masks[1], SMALL == 7)


def test_an_empty_label_map_says_that_there_are_no_nuclei(tree, tmp_path: Path) -> None:
    tree.image('images/a.png')
    tree.write('labels/a.npy', SMALL * 0)
    report = convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    assert [(f.kind, f.file) for f in report.faults] == [('no-nuclei', 'images/a.png')]


def test_a_picture_of_inside_and_outside_is_suspected(tree, tmp_path: Path) -> None:
    tree.image('images/a.png')
    tree.write('labels/a.png', (SMALL > 0).astype(np.uint8) * 255)
    report = convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    assert [f.kind for f in report.faults] == ['binary-label-map', 'several-parts']


def test_a_label_map_of_another_size_is_told(tree, tmp_path: Path) -> None:
    tree.image('images/a.png', size=41)
    tree.write('labels/a.npy', SMALL)
    with pytest.raises(UserError, match=r'labels/a.npy: 40x40, the image has 41x41'):
        convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))


LAYOUTS = {
    'folders': ('images/a.png', 'labels/a.png', {}),
    'masks': ('images/a.png', 'masks/a.png', {}),
    'CoNSeP': ('Train/Images/a_1.png', 'Train/Labels/a_1.mat', {}),
    'endings': ('img/a_img.tif', 'gt/a_label.tif', {}),
    'below': ('images/p1/a.png', 'labels/p1/a.npy', {}),
    'named': ('x/rgb/a.png', 'x/cells/a.png', {'images': 'rgb', 'labels': 'cells'}),
    'one folder': ('a.png', 'a_mask.png', {'images': '*.png', 'labels': '*_mask.png'}),
}


@pytest.mark.parametrize(('image', 'label', 'options'), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_an_image_finds_its_label_map(tree, image: str, label: str, options: dict) -> None:
    tree.bytes(image, b'')
    tree.bytes(label, b'')
    (record,) = label_maps.find(open_tree(tree.root), **options).records
    assert (record.image.name, record.annotation.file.name) == (image, label)


def test_what_has_no_partner_or_several_is_told(tree) -> None:
    for name in ('a', 'b'):
        tree.bytes(f'images/{name}.png', b'')
    tree.bytes('images/c.png', b'')
    tree.bytes('images/c.tif', b'')
    for name in ('a', 'c', 'd'):
        tree.bytes(f'labels/{name}.png', b'')
    faults = label_maps.find(open_tree(tree.root)).faults
    assert {fault.kind: fault.file for fault in faults} == {
        'image-without-masks': 'images/b.png',
        'ambiguous': 'images/c.png',
        'masks-without-image': 'labels/d.png',
    }


@pytest.mark.parametrize(('held', 'told'), [('labels', '--images'), ('images', '--labels')])
def test_a_folder_without_either_says_how_to_name_it(tree, held: str, told: str) -> None:
    tree.bytes(f'{held}/a.png', b'')
    with pytest.raises(UserError, match=f'say where with {told}'):
        label_maps.find(open_tree(tree.root))
