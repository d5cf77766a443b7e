"""Images of a COCO file are found where tools put them, by the names that tools give them."""

import json
from pathlib import Path

import pytest

from mmnuc.converters import ConversionOptions, convert


def content(file_name: str) -> bytes:
    nucleus = dict(id=1, image_id=70, category_id=1, segmentation=[[3, 5, 13, 5, 13, 9, 3, 9]])
    return json.dumps(
        dict(
            images=[dict(id=70, file_name=file_name, height=40, width=40)],
            annotations=[nucleus],
            categories=[dict(id=1, name='nucleus')],
        )
    ).encode()


LAYOUTS = {
    'beside': ('a.json', 'a.png'),
    'images beside': ('a.json', 'images/a.png'),
    'FiftyOne': ('labels.json', 'data/a.png'),
    'CVAT': ('annotations/instances_default.json', 'images/a.png'),
    'CVAT with the subset': ('annotations/instances_default.json', 'images/default/a.png'),
    'COCO': ('annotations/instances_train2017.json', 'train2017/a.png'),
    'a folder of jsons': ('Annotations/a.json', 'a.png'),
}


@pytest.mark.parametrize('as_zip', [False, True])
@pytest.mark.parametrize(('table', 'image'), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_images_lie_where_tools_put_them(
    tree, tmp_path: Path, table: str, image: str, as_zip: bool
) -> None:
    tree.image(image, seed=1)
    tree.bytes(table, content('a.png'))
    options = ConversionOptions(val=0, workers=1)
    sources = [tree.zip()] if as_zip else [tree.root, Path(tree.root) / table]
    for number, source in enumerate(sources):
        report = convert('coco', source, tmp_path / f'out{number}', options)
        assert report.nuclei['all'] == 1


ADDRESSES = {
    'of Windows': 'images\\a b.png',
    'with percent signs': 'images/a%20b.png',
    'of local files': '/data/local-files/?d=images/a%20b.png',
    'of a server': 'http://localhost:8080/data/upload/1/images/a%20b.png',
    'of another folder': '../../label-studio/media/images/a b.png',
}


@pytest.mark.parametrize('name', ADDRESSES.values(), ids=ADDRESSES.keys())
def test_names_as_label_studio_writes_them(tree, tmp_path: Path, name: str) -> None:
    tree.image('images/a b.png', seed=1)
    tree.bytes('a.json', content(name))
    convert('coco', tree.root, tmp_path / 'out', ConversionOptions(val=0, workers=1))
    found = json.loads((tmp_path / 'out' / 'all.json').read_text())
    assert len(found['annotations']) == 1
    assert found['images'][0]['file_name'].endswith('a b.png')
