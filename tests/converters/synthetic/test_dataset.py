"""The synthetic data set: the same bytes from the same seed, and a truth that is one."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as pycocotools_mask

from mmnuc.converters.synthetic.dataset import Plan, generate, is_generated
from mmnuc.errors import UserError

SMALL = Plan(seed=3, train=2, val=1, test=1, train_size=64, test_size=96)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob('*') if p.is_file()}


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('synthetic') / 'data'
    generate(folder, SMALL, workers=1)
    return folder


def test_bytes_do_not_depend_on_workers(data: Path, tmp_path: Path) -> None:
    generate(tmp_path / 'again', SMALL, workers=2)
    assert files_of(tmp_path / 'again') == files_of(data)


def test_a_tile_does_not_depend_on_how_many_there_are(data: Path, tmp_path: Path) -> None:
    generate(tmp_path / 'one', Plan(seed=3, train=1, val=1, test=0, train_size=64), workers=1)
    name = 'images/train_001.png'
    assert (tmp_path / 'one' / name).read_bytes() == (data / name).read_bytes()


def test_another_seed_gives_other_tiles(data: Path, tmp_path: Path) -> None:
    generate(tmp_path / 'other', Plan(seed=4, train=1, val=1, test=0, train_size=64), workers=1)
    name = 'images/train_001.png'
    assert (tmp_path / 'other' / name).read_bytes() != (data / name).read_bytes()


def test_layout(data: Path) -> None:
    report = json.loads((data / 'report.json').read_text())
    assert report['images'] == {'train': 2, 'val': 1, 'test': 1, 'all': 3}
    assert min(report['nuclei'].values()) > 0
    for split, images in report['images'].items():
        content = json.loads((data / f'{split}.json').read_text())
        assert len(content['images']) == images
        assert len(content['annotations']) == report['nuclei'][split]


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_annotations_fit_their_images(data: Path, split: str) -> None:
    content = json.loads((data / f'{split}.json').read_text())
    for image in content['images']:
        pixels = cv2.imread(str(data / 'images' / image['file_name']))
        assert pixels.shape == (image['height'], image['width'], 3)
        own = [a for a in content['annotations'] if a['image_id'] == image['id']]
        masks = np.stack([pycocotools_mask.decode(a['segmentation']) for a in own])
        assert masks.shape[1:] == pixels.shape[:2]
        assert masks.sum(axis=0).max() == 1
        for mask, annotation in zip(masks, own, strict=True):
            rows, columns = np.nonzero(mask)
            left, top, width, height = annotation['bbox']
            assert annotation['area'] == mask.sum()
            assert (columns.min(), rows.min()) == (left, top)
            assert (columns.max() + 1, rows.max() + 1) == (left + width, top + height)


def test_a_folder_knows_its_plan(data: Path, tmp_path: Path) -> None:
    assert is_generated(data, SMALL)
    assert not is_generated(data, Plan(seed=4))
    assert not is_generated(tmp_path, SMALL)


def test_a_broken_report_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / 'report.json').write_text('{"plan": ')
    assert not is_generated(tmp_path, SMALL)


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='not -1'):
        generate(tmp_path / 'data', Plan(seed=-1))
    assert not (tmp_path / 'data').exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'thesis.txt').write_text('years of work')
    with pytest.raises(UserError, match='not empty'):
        generate(tmp_path, SMALL, workers=1)
    with pytest.raises(UserError, match='something else'):
        generate(tmp_path, SMALL, workers=1, overwrite=True)
    assert files_of(tmp_path) == {'thesis.txt': b'years of work'}
