"""Images beside files of QuPath, ImageJ, Cellpose and HoVer-Net become COCO files with classes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmnuc.converters import ConversionOptions, convert
from mmnuc.errors import UserError
from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import Nuclei

MASKS = np.zeros((3, 40, 40), np.uint8)
MASKS[0, 2:8, 3:12] = 1
MASKS[1, 10:20, 5:15] = 1
MASKS[2, 22:30, 20:33] = 1
CLASSES = ('epithelial', 'other')


def nuclei(labels: tuple[int, ...] = (0, 1, 0)) -> Nuclei:
    return Nuclei(from_bitmaps(MASKS), np.full(3, 0.9), np.array(labels), CLASSES)


def converted(name: str, tree, tmp_path: Path, **more) -> tuple:
    out = tmp_path / 'out'
    report = convert(name, tree.root, out, ConversionOptions(workers=1, val=0), **more)
    return report, json.loads((out / 'all.json').read_text())


def masks_of(content: dict, decode: Callable) -> list[np.ndarray]:
    return [decode(entry) for entry in content['annotations']]


FORMATS = {
    'geojson': ('geojson', 'a.geojson', 'geojson', True),
    'geojson of QuPath': ('geojson', 'a.png.geojson', 'geojson', True),
    'imagej-roi': ('imagej-roi', 'a_rois.zip', 'roi', True),
    'RoiSet': ('imagej-roi', 'a_RoiSet.zip', 'roi', True),
    'hovernet': ('hovernet', 'a.json', 'hovernet', True),
    'cellpose': ('cellpose', 'a_seg.npy', 'cellpose', False),
    'masks of Cellpose': ('cellpose', 'a_cp_masks.tif', 'tiff', False),
    'regions of Cellpose': ('cellpose', 'a_rois.zip', 'roi', False),
}  # fmt: skip
LAYOUTS = {'beside': '{}', 'folders': 'labels/{}', 'below': 'p1/{}'}


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize(('name', 'file', 'writer', 'classes'), FORMATS.values(), ids=FORMATS)
def test_masks_and_classes_arrive(
    tree, tmp_path: Path, decode: Callable, name: str, file: str, writer: str, classes: bool,
    layout: str,
) -> None:  # fmt: skip
    tree.image({'beside': 'a.png', 'folders': 'images/a.png', 'below': 'p1/a.png'}[layout])
    nuclei().save(tree.path(LAYOUTS[layout].format(file)), format=writer)
    report, content = converted(name, tree, tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(masks_of(content, decode), MASKS, strict=True))
    if classes:
        assert [c['name'] for c in content['categories']] == list(CLASSES)
        assert [entry['category_id'] for entry in content['annotations']] == [1, 2, 1]
        assert report.classes == {'epithelial': 2, 'other': 1}
        assert 'classes: epithelial 2, other 1' in report.summary()
    else:
        assert content['categories'] == [{'id': 1, 'name': 'nucleus'}]
    assert report.faults == ()


def test_classes_of_all_files_are_numbered_together(tree, tmp_path: Path) -> None:
    for number, (name, labels) in enumerate((('a', (1, 1, 1)), ('b', (0, 1, 0)))):
        tree.image(f'{name}.png', seed=number)
        nuclei(labels).save(tree.path(f'{name}.geojson'))
    report, content = converted('geojson', tree, tmp_path)
    assert [c['name'] for c in content['categories']] == ['other', 'epithelial']
    assert report.classes == {'other': 4, 'epithelial': 2}


def test_equal_names_in_different_folders_stay_apart(tree, tmp_path: Path) -> None:
    for number, folder in enumerate(('p1', 'p2')):
        tree.image(f'{folder}/a.png', seed=number)
        nuclei()[: number + 1].save(tree.path(f'{folder}/a.geojson'))
    _, content = converted('geojson', tree, tmp_path)
    counts = {image['file_name']: 0 for image in content['images']}
    names = {image['id']: image['file_name'] for image in content['images']}
    for entry in content['annotations']:
        counts[names[entry['image_id']]] += 1
    assert counts == {'p1/a.png': 1, 'p2/a.png': 2}
    assert (tmp_path / 'out' / 'images' / 'p2' / 'a.png').is_file()


def test_the_best_of_cellposes_files_is_read_and_the_others_told(tree, tmp_path: Path) -> None:
    tree.image('a.png')
    nuclei().save(tree.path('a_seg.npy'))
    nuclei()[:1].save(tree.path('a_cp_masks.png'))
    tree.write('a_flows.png', MASKS[0])
    report, content = converted('cellpose', tree, tmp_path)
    assert len(content['annotations']) == 3
    assert [(f.kind, f.file, f.detail) for f in report.faults] == [
        ('passed-over', 'a_cp_masks.png', 'a_seg.npy is read in its place')
    ]


def test_what_is_passed_over_is_told(tree, tmp_path: Path) -> None:
    tree.image('a.png')
    nuclei().save(tree.path('a.geojson'))
    content = json.loads((tree.root / 'a.geojson').read_text())
    content['features'].append(
        {'type': 'Feature', 'geometry': {'type': 'Point', 'coordinates': [1, 1]}}
    )
    tree.bytes('a.geojson', json.dumps(content).encode())
    tree.bytes('dataset.json', b'{}')
    report, _ = converted('geojson', tree, tmp_path)
    assert {(f.kind, f.file) for f in report.faults} == {
        ('passed-over', 'a.geojson'), ('passed-over', 'dataset.json'),
    }  # fmt: skip


BAD = {
    'no json': (b'{', r'unreadable +a.geojson: is no json'),
    'NaN': (
        b'[{"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [NaN, 1], [2, 2]]]}}]',
        r'unreadable +a.geojson: feature 1 has coordinates that are no numbers',
    ),
}


@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_a_bad_file_fails_by_name(tree, tmp_path: Path, data: bytes, told: str) -> None:
    tree.image('a.png')
    tree.bytes('a.geojson', data)
    with pytest.raises(UserError, match=told):
        converted('geojson', tree, tmp_path)
    assert not (tmp_path / 'out').exists()


def test_partners_that_are_missing_are_told(tree, tmp_path: Path) -> None:
    for number, name in enumerate('abc'):
        tree.image(f'{name}.png', seed=number)
    for name in 'abx':
        nuclei().save(tree.path(f'{name}.geojson'))
    with pytest.raises(UserError) as caught:
        converted('geojson', tree, tmp_path)
    assert 'image-without-masks c.png' in str(caught.value)
    assert 'masks-without-image x.geojson' in str(caught.value)


def test_where_images_and_outlines_are_can_be_said(tree, tmp_path: Path) -> None:
    tree.image('rgb/a.png')
    tree.image('stained/a.png', seed=1)
    nuclei().save(tree.path('outlines/a.geojson'))
    with pytest.raises(UserError, match='ambiguous'):
        converted('geojson', tree, tmp_path)
    report, content = converted('geojson', tree, tmp_path, images='stained', labels='outlines')
    assert len(content['annotations']) == 3
    assert report.images['all'] == 1


@pytest.mark.parametrize('name', ['geojson', 'imagej-roi', 'cellpose', 'hovernet'])
def test_a_source_of_something_else_is_refused(tree, tmp_path: Path, name: str) -> None:
    tree.image('a.png')
    with pytest.raises(UserError, match='say where with --labels'):
        converted(name, tree, tmp_path)


def test_an_image_that_lost_all_outlines_does_not_say_that_there_is_no_nucleus(
    tree, tmp_path: Path
) -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    far = [[x + 900, y] for x, y in square]
    for name, rings in (('a', [square]), ('b', [far, far]), ('c', [])):
        geometries = [{'type': 'Polygon', 'coordinates': [ring]} for ring in rings]
        features = [{'type': 'Feature', 'geometry': geometry} for geometry in geometries]
        tree.image(f'{name}.png', seed=ord(name))
        tree.bytes(f'{name}.geojson', json.dumps(features).encode())
    options = ConversionOptions(workers=1, val=0, max_loss=0.7)
    report = convert('geojson', tree.root, tmp_path / 'out', options)
    content = json.loads((tmp_path / 'out' / 'all.json').read_text())
    assert [image['file_name'] for image in content['images']] == ['a.png', 'c.png']
    kinds = [(fault.kind, fault.file) for fault in report.faults]
    assert ('all-lost', 'b.png') in kinds
    assert ('no-nuclei', 'c.png') in kinds
    assert (report.loss.lost, report.loss.total) == (2, 3)
