"""Annotations in flat arrays, against mmdet's CocoDataset."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from mmdet.datasets import CocoDataset

from mmnuc.coco import read_table
from mmnuc.datasets import NucleiDataset
from mmnuc.datasets.compact_annotations import CompactAnnotations
from mmnuc.datasets.compact_instances import CompactInstances
from mmnuc.errors import UserError

RLE = {'size': [6, 8], 'counts': '9240k0'}
POLYGON = [[1, 1, 4, 1, 4, 5, 1, 5]]


def annotation(i: int, image: int = 1, **changes) -> dict:
    base = {'id': i, 'image_id': image, 'category_id': 1, 'iscrowd': 0}
    return {**base, 'bbox': [1, 2, 3, 2.5], 'area': 6, 'segmentation': RLE, **changes}


def coco(annotations: list[dict]) -> dict:
    images = [{'id': i, 'file_name': f'{i}.png', 'height': 6, 'width': 8} for i in (1, 7, 3)]
    categories = [{'id': i, 'name': name} for i, name in ((4, 'other'), (1, 'nucleus'))]
    return {'images': images, 'annotations': annotations, 'categories': categories}


KEPT = {
    'compressed': annotation(1),
    'polygons': annotation(1, segmentation=POLYGON),
    'a crowd, uncompressed': annotation(
        1, iscrowd=1, segmentation={'size': [6, 8], 'counts': [9, 2, 37]}
    ),
    'no mask': annotation(1, segmentation=[]),
    'box across the border': annotation(1, bbox=[-2, -1, 4, 3]),
    'box of one pixel': annotation(1, bbox=[7, 5, 1, 1]),
}
DROPPED = {
    'to be ignored': annotation(1, ignore=1),
    'another class': annotation(1, category_id=4),
    'no area': annotation(1, area=0),
    'a box too thin': annotation(1, bbox=[1, 1, 0.5, 3]),
    'a box outside': annotation(1, bbox=[8, 1, 3, 3]),
    'a box left of the image': annotation(1, bbox=[-3, 1, 3, 3]),
    'another image': annotation(1, image=99),
}


def datasets(content: dict, folder: Path, **options) -> list[CocoDataset]:
    path = folder / 'coco.json'
    path.write_text(json.dumps(content))
    for image in content['images']:
        (folder / image['file_name']).touch()
    # mmengine collects garbage, for seconds, when it serializes.
    common = {'metainfo': {'classes': ('nucleus',)}, 'pipeline': [], 'serialize_data': False}
    options = {**common, **options}
    prefix = {'img': str(folder)}
    return [
        kind(ann_file=str(path), data_prefix=prefix, **copy.deepcopy(options))
        for kind in (NucleiDataset, CocoDataset)
    ]


def assert_same(ours: CocoDataset, theirs: CocoDataset) -> None:
    assert len(ours) == len(theirs)
    for i in range(len(theirs)):
        got, wanted = ours.get_data_info(i), theirs.get_data_info(i)
        assert list(got) == list(wanted)
        assert [dict(got, instances=0)] == [dict(wanted, instances=0)]
        instances = list(got['instances'])
        assert len(instances) == len(wanted['instances'])
        for one, other in zip(instances, wanted['instances'], strict=True):
            # Masks that mmdet keeps as they come are compressed here; others tests decode them.
            compressed = isinstance(other.get('mask'), dict) and other['mask'] == RLE
            keys = [key for key in other if key != 'mask' or compressed]
            # mmdet labels by the order of the json.
            name = theirs.cat_ids[other['bbox_label']]
            assert one['bbox_label'] == ours.cat2label[name]
            keys.remove('bbox_label')
            assert {key: one[key] for key in keys} == {key: other[key] for key in keys}
            assert ('mask' in one) == ('mask' in other)
    assert set(ours.cat_ids) == set(theirs.cat_ids)


@pytest.mark.parametrize('case', {**KEPT, **DROPPED})
def test_one_annotation(tmp_path: Path, case: str) -> None:
    ours, theirs = datasets(coco([{**KEPT, **DROPPED}[case]]), tmp_path)
    assert_same(ours, theirs)
    assert sum(len(ours.get_data_info(i)['instances']) for i in range(3)) == (case in KEPT)


def everything() -> list[dict]:
    cases = [*KEPT.values(), *DROPPED.values()]
    return [
        {**case, 'id': 100 * image + k, 'image_id': image if case['image_id'] == 1 else 99}
        for k, case in enumerate(cases)
        for image in (3, 1)
    ]


OPTIONS = {
    'as it is': {},
    'both classes': {'metainfo': {'classes': ('nucleus', 'other')}},
    'without empty images': {'filter_cfg': {'filter_empty_gt': True, 'min_size': 6}},
    'the first two': {'indices': 2},
    'serialized': {'serialize_data': True},
    'for a test': {'test_mode': True},
}


@pytest.mark.parametrize('name', OPTIONS)
def test_all_annotations_mixed(tmp_path: Path, name: str) -> None:
    assert_same(*datasets(coco(everything()), tmp_path, **OPTIONS[name]))


def test_batches_and_the_order_in_the_file_do_not_matter(monkeypatch) -> None:
    content = coco(everything())
    backwards = {key: content[key] for key in reversed(content)}
    wanted = CompactAnnotations.from_coco(content)
    monkeypatch.setattr(read_table, '_BATCH', 1)
    for got in (CompactAnnotations.from_coco(content), CompactAnnotations.from_coco(backwards)):
        for i in range(len(wanted)):
            assert list(got.info(i)['instances']) == list(wanted.info(i)['instances'])


def test_content() -> None:
    annotations = CompactAnnotations.from_coco(coco(everything()), ['nucleus'])
    assert annotations.image_ids == [1, 7, 3]
    assert len(annotations) == 3
    assert annotations.category_ids == [1]
    assert annotations.category_image_ids[4] == [1, 3]
    info = annotations.info(1)
    assert (info['img_id'], info['file_name'], len(info['instances'])) == (7, '7.png', 0)


def test_nothing_at_all() -> None:
    annotations = CompactAnnotations.from_coco({'images': [], 'annotations': []})
    assert (len(annotations), annotations.image_ids) == (0, [])


def test_instances_read_like_a_list() -> None:
    instances = CompactAnnotations.from_coco(coco(everything())).info(0)['instances']
    assert isinstance(instances, CompactInstances)
    assert instances[-1] == instances[len(instances) - 1] == list(instances)[-1]
    assert instances[1:3] == [instances[1], instances[2]]
    with pytest.raises(IndexError):
        instances[len(instances)]


def test_pickles_hold_one_image_only() -> None:
    many = [annotation(i, image=1 if i < 3000 else 3) for i in range(3003)]
    annotations = CompactAnnotations.from_coco(coco(many))
    few = pickle.dumps(annotations.info(2))
    assert len(few) < 3000
    assert list(pickle.loads(few)['instances']) == list(annotations.info(2)['instances'])
    assert len(pickle.dumps(annotations.info(0))) < 3000 * 70


WHERE = r'json: image 1.png \(1\), annotation 5: '
FAULTS = {
    'no mask and no box': (
        [{**annotation(5, segmentation=[]), 'bbox': None}],
        WHERE + 'it has no mask',
    ),
    'a box of three numbers': (
        [annotation(5, bbox=[1, 2, 3])],
        WHERE + r'bbox is \[1, 2, 3\], not',
    ),
    'the same id twice': (
        [annotation(5), annotation(6), annotation(5)],
        'annotation id 5 occurs 2 times',
    ),
    'another size': (
        [annotation(1), annotation(5, segmentation={'size': [8, 6], 'counts': '9240k0'})],
        WHERE + r'the mask has 6x8, the image has 8x6; size is \[height, width\]',
    ),
    'counts that do not fill': (
        [annotation(1), annotation(5, segmentation={'size': [6, 8], 'counts': [3]})],
        WHERE + 'run lengths do not fill the image: they add up to 3, it has 48 pixels',
    ),
    'a mask of another type': ([annotation(5, segmentation=3)], WHERE + 'a segmentation must be'),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_faults_name_the_annotation(fault: str) -> None:
    annotations, message = FAULTS[fault]
    with pytest.raises(UserError, match=message):
        CompactAnnotations.from_coco(coco(annotations))


COMPUTED = {
    'no box': {'bbox': None},
    'no area': {'area': None},
    'a text as id': {'id': 'x'},
}


@pytest.mark.parametrize('case', COMPUTED)
def test_what_the_mask_says_need_not_be_said(case: str) -> None:
    one = {**annotation(5), **COMPUTED[case]}
    info = CompactAnnotations.from_coco(coco([one])).info(0)['instances'][0]
    if 'bbox' in COMPUTED[case]:
        assert info['bbox'] == [1.0, 3.0, 3.0, 5.0]


def test_a_mask_may_be_needed() -> None:
    content = coco([annotation(4), annotation(5, segmentation=[])])
    assert len(CompactAnnotations.from_coco(content).info(0)['instances']) == 2
    with pytest.raises(UserError, match=WHERE + 'it has no mask'):
        CompactAnnotations.from_coco(content, masks=True)


def test_the_data_set_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'coco\.json: annotation id 5 occurs'):
        datasets(coco([annotation(5), annotation(5)]), tmp_path)


def test_the_pipeline_says_whether_masks_are_needed(tmp_path: Path) -> None:
    content = coco([annotation(5, segmentation=[])])
    step = {'type': 'mmnuc.LoadNucleiAnnotations', 'with_mask': True}
    with pytest.raises(UserError, match=r'coco\.json: image 1\.png \(1\), annotation 5: it has no'):
        datasets(content, tmp_path, pipeline=[step])


def test_labels_follow_the_classes_and_not_the_json() -> None:
    content = coco([annotation(1, category_id=4), annotation(2)])
    read = CompactAnnotations.from_coco(content, ('nucleus', 'other'))
    assert read.info(0)['instances'].labels.tolist() == [1, 0]
    assert (read.category_ids, read.category_labels) == ([1, 4], {1: 0, 4: 1})
    assert (
        'it lists its classes as other, nucleus; labels follow nucleus, other'
        in read.contents.notes
    )


def test_one_name_twice_is_one_class() -> None:
    content = coco([annotation(1, category_id=4), annotation(2)])
    content['categories'][0]['name'] = 'nucleus'
    read = CompactAnnotations.from_coco(content, ('nucleus',))
    assert read.info(0)['instances'].labels.tolist() == [0, 0]
    assert read.contents.classes == {'nucleus': 2}


def test_labels_are_places_among_the_categories_kept() -> None:
    content = coco([annotation(1, category_id=4), annotation(2)])
    both = CompactAnnotations.from_coco(content).info(0)['instances']
    np.testing.assert_array_equal(both.labels, [0, 1])
    one = CompactAnnotations.from_coco(content, ('nucleus',)).info(0)['instances']
    np.testing.assert_array_equal(one.labels, [0])
