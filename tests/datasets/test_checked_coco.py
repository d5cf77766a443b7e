"""Data sets of a COCO json: what they read, and what they refuse in one line."""

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmdet.datasets import CocoDataset

from mmnuc.datasets import Coco2017Dataset, NucleiDataset, TinyVOCDataset
from mmnuc.errors import UserError

SIDE = 8


def rle_of_a_pixel(x: int, y: int) -> dict:
    """Uncompressed run lengths of one pixel, counted column by column."""
    place = x * SIDE + y
    return {'size': [SIDE, SIDE], 'counts': [place, 1, SIDE * SIDE - place - 1]}


def write(folder: Path, annotations: list[dict] | None, names: list[str]) -> Path:
    """Write two images and their json; return the json."""
    (folder / 'images').mkdir()
    images = [dict(id=i, file_name=f'{i}.png', height=SIDE, width=SIDE) for i in (3, 5)]
    for image in images:
        cv2.imwrite(
            str(folder / 'images' / image['file_name']), np.zeros((SIDE, SIDE, 3), np.uint8)
        )
    categories = [dict(id=number + 1, name=name) for number, name in enumerate(names)]
    content = dict(images=images, categories=categories)
    if annotations is not None:
        content['annotations'] = annotations
    (folder / 'a.json').write_text(json.dumps(content))
    return folder / 'a.json'


def pixel(number: int, image_id: int, x: int, y: int, category: int = 1) -> dict:
    """Annotate one pixel."""
    return dict(
        id=number, image_id=image_id, category_id=category, bbox=[x, y, 1, 1], area=1, iscrowd=0,
        segmentation=rle_of_a_pixel(x, y),
    )  # fmt: skip


def nuclei(json_file: Path, **options: object) -> NucleiDataset:
    return NucleiDataset(
        ann_file=json_file.name,
        data_root=f'{json_file.parent}/',
        data_prefix=dict(img='images/'),
        **options,
    )


def test_reads_what_mmdet_reads(tmp_path: Path) -> None:
    file = write(tmp_path, [pixel(1, 5, 2, 3), pixel(2, 5, 0, 7), pixel(3, 3, 1, 1)], ['nucleus'])
    ours = nuclei(file)
    theirs = CocoDataset(
        ann_file=str(file), data_prefix=dict(img=f'{tmp_path}/images/'), metainfo=ours.metainfo
    )
    assert len(ours) == len(theirs) == 2
    for i in range(2):
        one, other = ours.get_data_info(i), theirs.get_data_info(i)
        assert one.keys() == other.keys()
        assert {k: v for k, v in one.items() if k != 'instances'} == {
            k: v for k, v in other.items() if k != 'instances'
        }
        for instance, expected in zip(one['instances'], other['instances'], strict=True):
            assert {**instance, 'mask': 0} == {**expected, 'mask': 0}
    assert ours.get_cat_ids(0) == theirs.get_cat_ids(0) == [0]


def test_test_set_has_images_only(tmp_path: Path) -> None:
    dataset = nuclei(write(tmp_path, None, ['nucleus']), test_mode=True)
    assert [dataset.get_data_info(i)['img_id'] for i in range(2)] == [3, 5]
    assert len(dataset.get_data_info(0)['instances']) == 0


def test_empty_images_can_be_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, [pixel(1, 5, 2, 3)], ['nucleus'])
    kept = nuclei(file, filter_cfg=dict(filter_empty_gt=True))
    assert [kept.get_data_info(i)['img_id'] for i in range(len(kept))] == [5]


def test_several_classes(tmp_path: Path) -> None:
    file = write(tmp_path, [pixel(1, 3, 0, 0, 2), pixel(2, 3, 1, 1, 1)], ['tumour', 'stroma'])
    dataset = nuclei(file, metainfo=dict(classes=('tumour', 'stroma')))
    assert [entry['bbox_label'] for entry in dataset.get_data_info(0)['instances']] == [1, 0]


def test_survives_pickling(tmp_path: Path) -> None:
    dataset = nuclei(write(tmp_path, [pixel(1, 5, 2, 3)], ['nucleus']))
    copy = pickle.loads(pickle.dumps(dataset))
    assert len(copy.get_data_info(1)['instances']) == 1


def test_missing_json_names_the_converter(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'no such file: .*a\.json; make it with .*mmnuc convert'):
        nuclei(tmp_path / 'a.json')


def test_missing_images_are_counted(tmp_path: Path) -> None:
    file = write(tmp_path, [], ['nucleus'])
    (tmp_path / 'images/5.png').unlink()
    with pytest.raises(UserError, match=r'names 1 of 2 images that do not exist, .*images/5\.png'):
        nuclei(file)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('{"images": [', r'a\.json is no COCO json: the file ends too early'),
        ('[]', 'names no images'),
        ('{}', 'names no images'),
        ('{"images": [{"id": 1}]}', r'a\.json: entry 0 of images: has no file_name'),
        ('{"images": [{"id": 1, "file_name": "3.png"}]}', r'image 3\.png \(1\): it has no height'),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(UserError, match=message):
        nuclei(tmp_path / 'a.json')


def test_other_classes_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path, [pixel(1, 3, 0, 0)], ['cell'])
    with pytest.raises(UserError, match='has none of the classes nucleus'):
        nuclei(file)


def test_tiny_voc_knows_twenty_classes(tmp_path: Path) -> None:
    names = list(TinyVOCDataset.METAINFO['classes'])
    assert len(names) == len(set(names)) == len(TinyVOCDataset.METAINFO['palette']) == 20
    file = write(tmp_path, [pixel(1, 3, 0, 0, category=20)], names)
    dataset = TinyVOCDataset(ann_file=str(file), data_prefix=dict(img=f'{tmp_path}/images/'))
    assert dataset.get_data_info(0)['instances'][0]['bbox_label'] == 19
    assert dataset.cat_ids == list(range(1, 21))


def test_missing_tiny_voc_says_what_to_unpack(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='unpack the Tiny PASCAL VOC data set into'):
        TinyVOCDataset(ann_file=str(tmp_path / 'test.json'), data_prefix=dict(img=''))


@pytest.mark.parametrize(('missing', 'kind'), [('a.json', 'file'), ('images', 'folder')])
def test_coco_that_is_not_there(tmp_path: Path, missing: str, kind: str) -> None:
    file = write(tmp_path, [pixel(1, 3, 2, 2)], ['person'])
    prefix = dict(img=f'{tmp_path}/images/')
    assert len(Coco2017Dataset(ann_file=str(file), data_prefix=prefix)) == 2
    (tmp_path / missing).rename(tmp_path / 'moved')
    with pytest.raises(UserError, match=rf'no such {kind}: .*{missing}.*unpack the images'):
        Coco2017Dataset(ann_file=str(file), data_prefix=prefix)
