"""What conversion reads of images that hold more than one picture, and what it says of them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from mmnuc.cli.main import main
from mmnuc.coco.read_table import read_table
from mmnuc.converters import ConversionOptions, convert
from mmnuc.errors import UserError
from mmnuc.images import PixelSize, ReadOptions, read_image
from mmnuc.images.pixel_size_table import PixelSizeTable
from mmnuc.images.reading import Reading

LABELS = np.zeros((24, 32), np.uint16)
LABELS[4:9, 4:9] = 1
LABELS[14:20, 18:25] = 2
RGB = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
STACK = np.stack([LABELS * 100 + 7, LABELS * 50 + np.uint16(9)])


@pytest.fixture
def source(tree):
    """Four images and their label maps."""
    Image.fromarray(RGB).save(tree.path('images/png.png'), dpi=(101600, 50800))
    Image.fromarray(RGB).save(tree.path('images/jpg.jpg'), dpi=(72, 72))
    how = {'photometric': 'minisblack'}
    about = {'axes': 'CYX', 'Channel': {'Name': ['GFP', 'DAPI']}}
    about |= {'PhysicalSizeX': 0.5, 'PhysicalSizeY': 0.5}
    tifffile.imwrite(tree.path('images/ome.ome.tif'), STACK, metadata=about, **how)
    tree.write('images/npy.npy', STACK[0])
    for name in ('png', 'jpg', 'ome', 'npy'):
        tree.write(f'labels/{name}.png', LABELS)
    return tree


def entries(folder: Path) -> dict[str, dict]:
    content = json.loads((folder / 'all.json').read_text())
    return {image['file_name']: image for image in content['images']}


def details(folder: Path, kind: str) -> dict[str, str]:
    faults = json.loads((folder / 'report.json').read_text())['faults']
    return {one['file']: one['detail'] for one in faults[kind]['occurrences']}


def test_the_size_of_a_pixel_is_kept_where_the_file_states_it(source, tmp_path: Path) -> None:
    report = convert('label-maps', source.root, tmp_path / 'out', ConversionOptions(workers=1))
    found = {name: one.get('pixel_size_um') for name, one in entries(tmp_path / 'out').items()}
    assert found == {'png.png': [0.25, 0.5], 'jpg.jpg': None, 'ome.ome.png': 0.5, 'npy.png': None}
    table = read_table(str(tmp_path / 'out/all.json'))
    assert {image.pixel_size for image in table.images} == {(0.25, 0.5), (0.5, 0.5), None}
    assert report.pixel_sizes == {'unknown': 2, '0.5 µm': 1, '0.25 x 0.5 µm': 1}
    assert 'pixel size: unknown (2), 0.5 µm (1), 0.25 x 0.5 µm (1)' in report.summary()


def test_it_says_what_it_read(source, tmp_path: Path) -> None:
    report = convert('label-maps', source.root, tmp_path / 'out', ConversionOptions(workers=1))
    assert details(tmp_path / 'out', 'converted-image') == {
        'images/ome.ome.tif': 'made an 8-bit PNG: channel 2 of 2 (DAPI), 32 x 24, 0.5 µm (OME-XML),'
        ' grey 16 bit, 9…109 → 0…255',
        'images/npy.npy': 'made an 8-bit PNG: 32 x 24, grey 16 bit, 7…207 → 0…255, '
        'pixel size unknown',
    }
    assert (
        'converted-image (an image written in another way than it was found), such as images/'
        in (report.summary())
    )


def test_a_file_that_is_copied_says_what_else_it_holds(tree, tmp_path: Path) -> None:
    with tifffile.TiffWriter(tree.path('images/a.tif')) as file:
        file.write(RGB, photometric='rgb', metadata=None)
        file.write(np.ascontiguousarray(RGB[:8, :8]), photometric='rgb', metadata=None)
    tree.write('labels/a.png', LABELS)
    convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    assert (tmp_path / 'out/images/a.tif').is_file()
    (detail,) = details(tmp_path / 'out', 'passed-over').values()
    assert detail == (
        'series 1 of 2, 32 x 24, RGB 8 bit, pixel size unknown; passed over: series 2 (8 x 8)'
    )


@pytest.mark.parametrize('workers', [1, 2])
def test_options_reach_every_worker(source, tmp_path: Path, workers: int) -> None:
    table = PixelSizeTable({'jpg': PixelSize(2, 2)})
    options = ReadOptions(value_range=(0, 510), pixel_size=PixelSize(0.75, 0.75, '--pixel-size'))
    how = ConversionOptions(workers=workers, reading=Reading(options, table))
    convert('label-maps', source.root, tmp_path / 'out', how)
    found = {name: one['pixel_size_um'] for name, one in entries(tmp_path / 'out').items()}
    assert found == {'png.png': 0.75, 'jpg.png': 2, 'ome.ome.png': 0.75, 'npy.png': 0.75}
    pixels = cv2.imread(str(tmp_path / 'out/images/png.png'))[..., ::-1]
    assert np.array_equal(pixels, read_image(RGB, ReadOptions(value_range=(0, 510))))


def test_the_command_takes_the_options(source, tmp_path: Path) -> None:
    (source.root / 'images/jpg.jpg').unlink()
    (source.root / 'labels/jpg.png').unlink()
    sizes = tmp_path / 'sizes.csv'
    sizes.write_text('image,pixel_size\nnpy,0.1\n')
    words = ['convert', 'label-maps', str(source.root), str(tmp_path / 'out'), '--workers', '1']
    words += ['--channel', '1', '--pixel-size', '0.3,0.4', '--pixel-sizes', str(sizes)]
    main(words)
    found = {name: one['pixel_size_um'] for name, one in entries(tmp_path / 'out').items()}
    assert found == {'png.png': [0.3, 0.4], 'ome.ome.png': [0.3, 0.4], 'npy.png': 0.1}
    seen = details(tmp_path / 'out', 'converted-image')
    assert 'channel 1 of 2 (GFP)' in seen['images/ome.ome.tif']
    assert 'channel 1 of 3' in seen['images/png.png']
    with pytest.raises(UserError, match=r'npy.npy: has no series 2; it holds 1'):
        main([*words, '--overwrite', '--series', '2'])


def test_a_coco_file_hands_its_pixel_sizes_on(tree, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tree.path('images/a.png'), dpi=(101600, 101600))
    Image.fromarray(RGB[::-1]).save(tree.path('images/b.png'), dpi=(101600, 101600))
    square = [{'id': 1, 'image_id': 1, 'category_id': 1, 'segmentation': [[1, 1, 9, 1, 9, 9]]}]
    content = {
        'images': [
            {'id': 1, 'file_name': 'a.png', 'pixel_size_um': [0.5, 0.6]},
            {'id': 2, 'file_name': 'b.png'},
        ],
        'annotations': square,
        'categories': [{'id': 1, 'name': 'nucleus'}],
    }
    tree.bytes('x.json', json.dumps(content).encode())
    convert('coco', tree.root, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    found = {name: one['pixel_size_um'] for name, one in entries(tmp_path / 'out').items()}
    assert found == {'a.png': [0.5, 0.6], 'b.png': 0.25}
    reading = Reading(ReadOptions(pixel_size=PixelSize(1, 1)))
    how = ConversionOptions(val=0, workers=1, reading=reading)
    convert('coco', tree.root, tmp_path / 'again', how)
    assert {one['pixel_size_um'] for one in entries(tmp_path / 'again').values()} == {1}


def write_zarr(path: Path, rgb: np.ndarray) -> None:
    group = zarr.open_group(str(path), mode='w', zarr_format=2)
    data = np.moveaxis(rgb, 2, 0)
    group.create_array('0', data=data, chunks=(3, 16, 16))
    axes = [{'name': 'c', 'type': 'channel'}]
    axes += [{'name': name, 'type': 'space', 'unit': 'micrometer'} for name in 'yx']
    scale = [{'type': 'scale', 'scale': [1, 0.5, 0.5]}]
    levels = [{'path': '0', 'coordinateTransformations': scale}]
    group.attrs['multiscales'] = [{'version': '0.4', 'axes': axes, 'datasets': levels}]


@pytest.mark.parametrize('folder', ['images', 'all'])
def test_a_folder_that_is_one_image_is_an_image(tree, tmp_path: Path, folder: str) -> None:
    write_zarr(tree.path(f'{folder}/a.zarr'), RGB)
    write_zarr(tree.path(f'{folder}/b.ome.zarr'), RGB[::-1])
    tree.write(f'{folder}/c.png', RGB[:, ::-1])
    labels = 'labels' if folder == 'images' else folder
    for name in 'abc':
        tree.write(f'{labels}/{name}_labels.png', LABELS)
    convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    found = entries(tmp_path / 'out')
    assert {name: one.get('pixel_size_um') for name, one in found.items()} == {
        'a.png': 0.5,
        'b.ome.png': 0.5,
        'c.png': None,
    }
    assert np.array_equal(cv2.imread(str(tmp_path / 'out/images/a.png'))[..., ::-1], RGB)


def test_a_coco_file_may_name_a_folder_that_is_one_image(tree, tmp_path: Path) -> None:
    write_zarr(tree.path('images/a.zarr'), RGB)
    content = {
        'images': [{'id': 1, 'file_name': 'a.zarr'}],
        'annotations': [
            {'id': 1, 'image_id': 1, 'category_id': 1, 'segmentation': [[1, 1, 9, 1, 9, 9]]}
        ],
        'categories': [{'id': 1, 'name': 'nucleus'}],
    }
    tree.bytes('x.json', json.dumps(content).encode())
    convert('coco', tree.root / 'x.json', tmp_path / 'out', ConversionOptions(val=0, workers=1))
    assert entries(tmp_path / 'out')['a.png']['height'] == 24


def test_arrays_are_images_in_a_folder_of_images_alone(tree, tmp_path: Path) -> None:
    tree.write('images/a.npy', RGB)
    tree.write('images/b.png', RGB[::-1])
    np.save(tree.path('images/b_seg.npy'), {'masks': LABELS}, allow_pickle=True)
    tree.write('labels/a.npy', LABELS)
    tree.write('labels/b.npy', LABELS)
    convert('label-maps', tree.root, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    assert set(entries(tmp_path / 'out')) == {'a.png', 'b.png'}
    assert np.array_equal(cv2.imread(str(tmp_path / 'out/images/a.png'))[..., ::-1], RGB)
