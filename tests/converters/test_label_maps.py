"""Label maps become COCO files, and find their images."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io
from pycocotools.coco import COCO

from mmnuc.converters import ConversionOptions, convert, label_maps
from mmnuc.converters.source import open_tree
from mmnuc.errors import UserError

SMALL = np.zeros((40, 40), np.int64)
SMALL[2:6, 3:9] = 7
SMALL[20:30, 20:22] = 3
LARGE = SMALL * 10_000


def save_mat(path: Path, pixels: np.ndarray) -> None:
    scipy.io.savemat(path, {'inst_map': pixels, 'inst_type': np.ones((2, 1))})


def save_cv2(path: Path, pixels: np.ndarray) -> None:
    assert cv2.imwrite(str(path), pixels)


@pytest.mark.parametrize('suffix', ['png', 'tif', 'npy', 'mat'])
def test_a_truncated_label_map_leaves_its_image_out(tree, tmp_path: Path, suffix: str) -> None:
    for name in ('a', 'b'):
        tree.image(f'images/{name}.png', seed=ord(name))
        y, x = np.mgrid[:40, :40] // 3
        pixels = np.random.default_rng(0).permutation(196).astype(np.uint8)[14 * y + x]
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
    'beside each other': ('x/a.tif', 'x/a_masks.tif', {}),
    'of Cellpose': ('images/a.tif', 'labels/a_cp_masks.tif', {}),
    'of OME-TIFF': ('images/a.ome.tif', 'labels/a.tif', {}),
    'our own': ('images/a.png', 'labels/a.labels.tif', {}),
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


def test_equal_names_in_different_folders_stay_apart(tree, tmp_path: Path) -> None:
    for number, folder in enumerate(('p1', 'p2')):
        tree.image(f'images/{folder}/a.png', seed=number)
        tree.write(
            f'labels/{folder}/a_mask.npy', SMALL * (1 - number) + np.eye(40, dtype=int) * number
        )
    report = convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    coco = COCO(str(tmp_path / 'out' / 'all.json'))
    names = {image['file_name']: len(coco.getAnnIds(i)) for i, image in coco.imgs.items()}
    assert names == {'p1/a.png': 2, 'p2/a.png': 1}
    assert report.images['all'] == 2


def test_a_picture_in_the_place_of_a_label_map_is_refused(tree, tmp_path: Path) -> None:
    tree.image('images/a.png')
    tree.write('labels/a.png', np.random.default_rng(0).integers(60, 200, (40, 40), np.uint8))
    with pytest.raises(UserError, match=r'labels/a.png: looks like a picture'):
        convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
