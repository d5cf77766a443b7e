"""A data set may be the images of some kinds alone."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mmnuc.cli.main import main
from mmnuc.datasets import NucleiDataset
from mmnuc.errors import UserError


def image(number: int, kind: Any) -> dict[str, Any]:
    return {'id': number, 'file_name': f'{number}.png', 'height': 8, 'width': 8, 'kind': kind}


def nucleus(number: int, image_id: int, side: int) -> dict[str, Any]:
    corners = [1, 1, 1 + side, 1, 1 + side, 1 + side, 1, 1 + side]
    box = {'bbox': [1, 1, side, side], 'area': side * side, 'segmentation': [corners]}
    return {'id': number, 'image_id': image_id, 'category_id': 1, 'iscrowd': 0, **box}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kinds = ['fluorescence', 'histology', None, 'histology', 'bright field']
    images = [image(number, kind) for number, kind in enumerate(kinds, 1)]
    # Not in the order of the images, and one image has no nucleus.
    pairs = [(4, 2), (1, 3), (2, 4), (4, 5), (5, 6), (1, 2)]
    nuclei = [nucleus(number, *pair) for number, pair in enumerate(pairs, 1)]
    content = {
        'images': images,
        'annotations': nuclei,
        'categories': [{'id': 1, 'name': 'nucleus'}],
    }
    (tmp_path / 'all.json').write_text(json.dumps(content))
    for entry in images:
        cv2.imwrite(str(tmp_path / entry['file_name']), np.zeros((8, 8, 3), np.uint8))
    return tmp_path


def data_set(folder: Path, **settings: Any) -> NucleiDataset:
    return NucleiDataset(
        ann_file='all.json', data_root=str(folder), data_prefix={'img': ''}, pipeline=[], **settings
    )


@pytest.mark.parametrize(
    ('kinds', 'widths'),
    [
        (None, {1: [3, 2], 2: [4], 3: [], 4: [2, 5], 5: [6]}),
        (['histology'], {2: [4], 4: [2, 5]}),
        (['bright field', 'fluorescence'], {1: [3, 2], 5: [6]}),
        (('fluorescence', 'no such kind'), {1: [3, 2]}),
    ],
)
def test_images_keep_their_own_nuclei(folder: Path, kinds: Any, widths: dict[int, Any]) -> None:
    found = data_set(folder, kinds=kinds, test_mode=True)
    assert {
        data['img_id']: [one['bbox'][2] - one['bbox'][0] for one in data['instances']]
        for data in (found.get_data_info(i) for i in range(len(found)))
    } == widths


def test_the_summary_counts_what_is_taken(folder: Path) -> None:
    contents = data_set(folder, kinds=['histology']).contents
    assert (contents.images, contents.bare, contents.classes) == (2, 0, {'nucleus': 3})
    assert contents.dropped['on images of other kinds'] == 3


def test_no_such_image_is_an_error_that_names_what_there_is(folder: Path) -> None:
    with pytest.raises(UserError, match='no image whose kind is electron, only: bright field, '):
        data_set(folder, kinds=['electron'])


def test_a_conversion_writes_kinds(tmp_path: Path) -> None:
    for name, colour in (('a', (30, 30, 30)), ('b', (200, 120, 160))):
        (tmp_path / 'src/images').mkdir(parents=True, exist_ok=True)
        (tmp_path / 'src/labels').mkdir(exist_ok=True)
        picture = np.full((16, 16, 3), colour, np.uint8)
        cv2.imwrite(str(tmp_path / f'src/images/{name}.png'), picture)
        np.save(tmp_path / f'src/labels/{name}.npy', np.eye(16, dtype=np.int32))
    main(['convert', 'label-maps', str(tmp_path / 'src'), str(tmp_path / 'out'), '--val', '0'])
    images = json.loads((tmp_path / 'out/train.json').read_text())['images']
    assert [entry['kind'] for entry in images] == ['fluorescence', 'histology']
