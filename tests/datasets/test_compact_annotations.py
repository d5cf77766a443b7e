"""Annotations in flat arrays, against mmdet's CocoDataset."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from mmdet.datasets import CocoDataset

from mmnuc.datasets import NucleiDataset, coco_table
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
            assert {key: one[key] for key in keys} == {key: other[key] for key in keys}
            assert ('mask' in one) == ('mask' in other)
    assert (ours.cat_ids, ours.cat2label) == (theirs.cat_ids, theirs.cat2label)


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
    monkeypatch.setattr(coco_table, '_BATCH', 1)
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


FAULTS = {
    'no box': ([{**annotation(5), 'bbox': None}], "broken entry of annotations.*'id': 5"),
    'no area': ([{k: v for k, v in annotation(5).items() if k != 'area'}], "lacks 'area'.*'id': 5"),
    'a box of three numbers': ([annotation(5, bbox=[1, 2, 3])], 'not enough values'),
    'a text as id': ([annotation('x')], 'broken entry of annotations'),
    'the same id twice': ([annotation(5), annotation(6), annotation(5)], 'id 5 occurs 2 times'),
    'another size': (
        [annotation(1), annotation(5, segmentation={'size': [8, 6], 'counts': '9240k0'})],
        r'mask of annotation 5 has size \[8, 6\], its image \[6, 8\]',
    ),
    'counts that do not fill': (
        [annotation(1), annotation(5, segmentation={'size': [6, 8], 'counts': [3]})],
        'annotation 5: run lengths 0 do not fill',
    ),
    'a mask of another type': ([annotation(5, segmentation=3)], 'annotation 5: a segmentation'),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_faults_name_the_annotation(fault: str) -> None:
    annotations, message = FAULTS[fault]
    with pytest.raises(ValueError, match=message):
        CompactAnnotations.from_coco(coco(annotations))


def test_the_data_set_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'cannot read .*coco\.json: annotation id 5 occurs'):
        datasets(coco([annotation(5), annotation(5)]), tmp_path)


def test_labels_are_places_among_the_categories_kept() -> None:
    content = coco([annotation(1, category_id=4), annotation(2)])
    both = CompactAnnotations.from_coco(content).info(0)['instances']
    np.testing.assert_array_equal(both.labels, [0, 1])
    one = CompactAnnotations.from_coco(content, ('nucleus',)).info(0)['instances']
    np.testing.assert_array_equal(one.labels, [0])
